import { freePorts } from "../../../test/harness/free-ports.ts";
import { managementApi } from "../../../test/harness/rabbitmq/management-api.ts";
import { startPrivateRabbitMq } from "../../../test/harness/rabbitmq/private.ts";

/** The RabbitMQ that everything goes through. */
export interface BenchBroker {
  readonly amqpUrl: string;
  readonly managementUrl: string;
  readonly version: string;
  /** Where it is one of our own: its process, and the port of Web-STOMP. */
  readonly own?: { readonly pid: number; readonly webStompPort: number };
  dispose(): Promise<void>;
}

export interface GivenBroker {
  readonly amqpUrl: string;
  readonly managementUrl: string;
}

interface Overview {
  readonly rabbitmq_version: string;
}

/** Starts a RabbitMQ with Web-STOMP on loopback, or takes the one that is given. */
export async function openBroker(given: GivenBroker | undefined): Promise<BenchBroker> {
  if (given) {
    const overview = (await managementApi(given.managementUrl)("/api/overview")) as Overview;
    return { ...given, version: overview.rabbitmq_version, dispose: async () => {} };
  }
  const [stompPort = 0, webStompPort = 0] = await freePorts(2);
  const rabbitMq = await startPrivateRabbitMq({
    plugins: ["rabbitmq_web_stomp"],
    configuration: [
      `stomp.listeners.tcp.1 = 127.0.0.1:${stompPort}`,
      "web_stomp.tcp.ip = 127.0.0.1",
      `web_stomp.tcp.port = ${webStompPort}`,
      // Tests want fresh statistics; here they would take a part of the broker's core.
      "collect_statistics_interval = 60000",
    ],
  });
  const overview = (await rabbitMq.management("/api/overview")) as Overview;
  const pid = await rabbitMq.node.ctl("eval", "os:getpid().");
  return {
    amqpUrl: rabbitMq.amqpUrl,
    managementUrl: rabbitMq.managementUrl,
    version: overview.rabbitmq_version,
    own: { pid: Number(pid.replaceAll('"', "")), webStompPort },
    dispose: () => rabbitMq.dispose(),
  };
}
