import { randomUUID } from "node:crypto";
import type { RabbitMq } from "./rabbitmq.ts";
import { topologyOf } from "./topology.ts";

/** A user of the broker's that one test has to itself. */
export interface BrokerUser {
  readonly name: string;
  /** The virtual host of `rabbitMq`, as this user with its first password. */
  readonly amqpUrl: string;
  /** Makes it, where it is not there; it may do everything in the virtual host. */
  readonly create: (password: string) => Promise<void>;
  /** Without a change of what it may do. */
  readonly setPassword: (password: string) => Promise<void>;
  /** The broker closes its connections. */
  readonly remove: () => Promise<void>;
}

const EVERYTHING = { configure: ".*", write: ".*", read: ".*" };

/** Makes a user who may do `permissions` in the virtual host of `rabbitMq`; null: who may not even enter it. */
export async function createBrokerUser(
  rabbitMq: RabbitMq,
  password: string,
  permissions: typeof EVERYTHING | null = EVERYTHING,
): Promise<BrokerUser> {
  const name = `rabbitql-test-${randomUUID()}`;
  const url = new URL(rabbitMq.amqpUrl);
  const virtualHost = url.pathname.slice(1) || "%2F";
  url.username = name;
  url.password = password;

  async function setPassword(next: string): Promise<void> {
    const body = { password: next, tags: "" };
    await rabbitMq.management(`/api/users/${name}`, { method: "PUT", body });
  }

  async function permit(): Promise<void> {
    if (permissions === null) return;
    const path = `/api/permissions/${virtualHost}/${name}`;
    await rabbitMq.management(path, { method: "PUT", body: permissions });
  }

  const user: BrokerUser = {
    name,
    amqpUrl: url.href,
    async create(first) {
      await setPassword(first);
      await permit();
    },
    setPassword,
    async remove() {
      await rabbitMq.management(`/api/users/${name}`, { method: "DELETE" });
    },
  };
  await user.create(password);
  return user;
}

/**
 * Has the broker close the connections in the virtual host whose client's name matches, as an operator
 * would (320, CONNECTION_FORCED). Resolves with how many there were, when all are told to go.
 */
export async function forceClose(rabbitMq: RabbitMq, clientName: RegExp): Promise<number> {
  const names = (await topologyOf(rabbitMq).connections())
    .filter(({ clientProperties }) => clientName.test(String(clientProperties["connection_name"])))
    .map(({ name }) => name);
  for (const name of names)
    await rabbitMq.management(`/api/connections/${encodeURIComponent(name)}`, { method: "DELETE" });
  return names.length;
}
