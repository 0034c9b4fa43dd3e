import { canInstallDebianPackages, installDebianPackage } from "../debian-package.ts";
import { dockerRuns, startDockerNode } from "./docker-node.ts";
import type { NodeExtras } from "./node-files.ts";
import type { PrivateRabbitMq } from "./rabbitmq.ts";
import { startServerNode } from "./server-node.ts";
import { findServerScript } from "./server-script.ts";

/** What can be found out about a machine, and done to it, to have a RabbitMQ there. */
export interface Machine {
  findServerScript(): Promise<string | undefined>;
  dockerRuns(): Promise<boolean>;
  canInstall(): boolean;
  install(): Promise<void>;
}

const THIS_MACHINE: Machine = {
  findServerScript: () => findServerScript(),
  dockerRuns,
  canInstall: canInstallDebianPackages,
  install: () => installDebianPackage("rabbitmq-server"),
};

/** What private nodes are made of. */
export type NodeSource =
  | { readonly kind: "server"; readonly script: string }
  | { readonly kind: "docker" };

/**
 * The server that is installed, else Docker, else, where `mayInstall`, the Debian package. Rejects where
 * there is none of them: a test that needs RabbitMQ is never skipped.
 */
export async function findNodeSource(
  machine: Machine,
  { mayInstall }: { mayInstall: boolean },
): Promise<NodeSource> {
  const script = await machine.findServerScript();
  if (script !== undefined) return { kind: "server", script };
  if (await machine.dockerRuns()) return { kind: "docker" };
  if (mayInstall && machine.canInstall()) {
    await machine.install();
    const installed = await machine.findServerScript();
    if (installed !== undefined) return { kind: "server", script: installed };
  }
  throw new Error(
    mayInstall
      ? "The tests need a RabbitMQ with its management plugin, and found none. Do one of these: " +
          "name one in AMQP_TEST_URL (amqp://user:password@host:5672) and, if its management API is not on " +
          "port 15672 of that host, in AMQP_TEST_MANAGEMENT_URL; install rabbitmq-server; start Docker."
      : "This test starts and breaks RabbitMQ nodes of its own, which cannot be done with the broker of " +
          "AMQP_TEST_URL. Install rabbitmq-server or start Docker.",
  );
}

/**
 * Starts a RabbitMQ for one test alone, to be broken at will. Takes about 5 s, and ends with the process
 * if `dispose` is not called. Rejects where nodes cannot be started here, AMQP_TEST_URL or not, and where
 * one with `extras` would have to be Docker's.
 */
export async function startPrivateRabbitMq(extras?: NodeExtras): Promise<PrivateRabbitMq> {
  const mayInstall = (process.env["AMQP_TEST_URL"] ?? "") === "";
  const source = await findNodeSource(THIS_MACHINE, { mayInstall });
  if (source.kind === "server") return startServerNode(source.script, extras);
  if (extras)
    throw new Error("A RabbitMQ with plugins needs rabbitmq-server to be installed here.");
  return startDockerNode();
}
