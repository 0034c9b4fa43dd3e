import { randomUUID } from "node:crypto";
import type { RabbitMq } from "./rabbitmq.ts";

/** A RabbitMQ as seen from one virtual host. */
export interface VirtualHost extends RabbitMq {
  /** Removes the virtual host and everything in it; connections to it are closed. */
  dispose(): Promise<void>;
  /** After {@link dispose}: makes it again, empty, for the same user. */
  remake(): Promise<void>;
}

/** Makes a virtual host on `rabbitMq` for one test file to be alone in. */
export async function createVirtualHost(rabbitMq: RabbitMq): Promise<VirtualHost> {
  const name = `rabbitql-test-${randomUUID()}`;
  const url = new URL(rabbitMq.amqpUrl);
  const user = url.username === "" ? "guest" : url.username;
  url.pathname = name;
  async function make(): Promise<void> {
    await rabbitMq.management(`/api/vhosts/${name}`, { method: "PUT" });
    await rabbitMq.management(`/api/permissions/${name}/${user}`, {
      method: "PUT",
      body: { configure: ".*", write: ".*", read: ".*" },
    });
  }
  await make();
  return {
    ...rabbitMq,
    amqpUrl: url.href,
    async dispose() {
      await rabbitMq.management(`/api/vhosts/${name}`, { method: "DELETE" });
    },
    remake: make,
  };
}
