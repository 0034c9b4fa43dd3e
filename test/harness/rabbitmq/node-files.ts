import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface NodePorts {
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  /** Of a port mapper (epmd) of the node's own, so that it meets no other node of the machine. */
  readonly portMapper: number;
}

export interface NodeFiles {
  /** Holds all of the node's files. */
  readonly folder: string;
  /** What the node writes to its standard output and error. */
  readonly output: string;
  /** The id of the node's process group, for whoever has to end it. */
  readonly group: string;
  /** The environment in which rabbitmq-server and rabbitmqctl are this node's. */
  readonly environment: NodeJS.ProcessEnv;
}

const LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}";
/** Schedulers that wait for work without spinning: there may be few cores. */
const NO_SPINNING = "+sbwt none +sbwtdcpu none +sbwtdio none";

/** What a node has beyond what tests need. */
export interface NodeExtras {
  /** Plugins beside the management plugin. */
  readonly plugins?: readonly string[];
  /** Lines for its rabbitmq.conf. */
  readonly configuration?: readonly string[];
}

/** Makes the folder of a node that has everything to itself: name, data, logs, cookie, ports. */
export async function makeNodeFiles(
  ports: NodePorts,
  { plugins = [], configuration: lines = [] }: NodeExtras = {},
): Promise<NodeFiles> {
  const folder = await mkdtemp(join(tmpdir(), "rabbitql-test-rabbitmq-"));
  const path = (name: string) => join(folder, name);
  await Promise.all(["data", "log"].map((name) => mkdir(path(name))));
  await Promise.all([
    writeFile(path("rabbitmq.conf"), configuration(ports, lines)),
    writeFile(path("rabbitmq-env.conf"), ""),
    writeFile(path("enabled_plugins"), `[${["rabbitmq_management", ...plugins].join(",")}].\n`),
  ]);
  return {
    folder,
    output: path("output"),
    group: path("group"),
    environment: {
      ...withoutRabbitMqSettings(process.env),
      HOME: folder,
      RABBITMQ_NODENAME: `rabbitql-test-${ports.amqp}@localhost`,
      RABBITMQ_MNESIA_BASE: path("data"),
      RABBITMQ_LOG_BASE: path("log"),
      RABBITMQ_CONFIG_FILE: path("rabbitmq.conf"),
      RABBITMQ_CONF_ENV_FILE: path("rabbitmq-env.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: path("enabled_plugins"),
      RABBITMQ_PID_FILE: path("pid"),
      RABBITMQ_DIST_PORT: String(ports.distribution),
      ERL_EPMD_PORT: String(ports.portMapper),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      // Every Erlang VM, rabbitmqctl's too, would else start a port mapper that outlives the node.
      ERL_AFLAGS: "-start_epmd false",
      // Makes the script become the Erlang VM, instead of waiting for it as its parent.
      RABBITMQ_ALLOW_INPUT: "1",
      RABBITMQ_SERVER_START_ARGS: "-noinput",
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${LOOPBACK_ONLY} ${NO_SPINNING}`,
      RABBITMQ_CTL_ERL_ARGS: LOOPBACK_ONLY,
    },
  };
}

function configuration(ports: NodePorts, lines: readonly string[]): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    "management.tcp.ip = 127.0.0.1",
    `management.tcp.port = ${ports.management}`,
    // The management API shows a new connection, channel or consumer after the shortest of these, in seconds.
    "management.sample_retention_policies.global.minute = 1",
    "management.sample_retention_policies.basic.minute = 1",
    "management.sample_retention_policies.detailed.minute = 1",
    "collect_statistics_interval = 1000",
    "management.db_cache_multiplier = 0",
    ...lines,
    "",
  ].join("\n");
}

function withoutRabbitMqSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(RABBITMQ_|ERL_)/.test(name)),
  );
}
