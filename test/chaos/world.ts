import { startGatewayProcess, type GatewayProcess } from "../harness/gateway-process.ts";
import { declareDurableQueues } from "../harness/durable-queue.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../harness/rabbitmq/rabbitmq.ts";
import { topologyOf, type Topology } from "../harness/rabbitmq/topology.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";

/** What is published here is in each of {@link QUEUES}. */
export const EXCHANGE = "chaos";
/** Has subscribers alone, and is deleted now and then. */
export const SIDE_EXCHANGE = "chaos.side";
export const QUEUES = [
  { exchange: EXCHANGE, queue: "chaos.classic", type: "classic" },
  { exchange: EXCHANGE, queue: "chaos.quorum", type: "quorum" },
] as const;

/** Flags of the gateway: it is to notice trouble soon, as the run has no time. */
export const CONFIRM_TIMEOUT_MS = 5_000;
export const PUBLISH_WAIT_MS = 500;
const IMPATIENT = {
  "heartbeat-seconds": 5,
  "connect-timeout-ms": 2_000,
  "rpc-timeout-ms": 3_000,
  "close-timeout-ms": 1_000,
  "drain-spread-ms": 1_000,
  "drain-timeout-ms": 8_000,
  "confirm-timeout-ms": CONFIRM_TIMEOUT_MS,
  "publish-wait-ms": PUBLISH_WAIT_MS,
  "reconnect-min-ms": 50,
  "reconnect-max-ms": 1_000,
  "socket-keep-alive-ms": 2_000,
  "binding-probe-ms": 500,
};

/** A broker, a gateway, and the networks around them, all to be broken. */
export interface World {
  readonly rabbitMq: PrivateRabbitMq;
  readonly topology: Topology;
  readonly gateway: GatewayProcess;
  /** Between the gateway and its broker. */
  readonly toBroker: TcpProxy;
  /** Between the gateway and the broker's management API. */
  readonly toManagement: TcpProxy;
  /** Between clients and the gateway. */
  readonly toGateway: TcpProxy;
  readonly declareSide: () => Promise<void>;
  readonly deleteSide: () => Promise<void>;
  /** Removes every binding of the side exchange, as an operator would. */
  readonly unbindSide: () => Promise<void>;
  close(): Promise<void>;
}

/** `onLog` is called with what the gateway logs. */
export async function makeWorld(onLog?: (text: string) => void): Promise<World> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const rabbitMq = await startPrivateRabbitMq();
    closing.push(() => rabbitMq.dispose());
    await declareDurableQueues(rabbitMq.amqpUrl, ...QUEUES);
    const side = sideExchange(rabbitMq);
    await side.declareSide();

    const network = async (to: string) => {
      const proxy = await startTcpProxy({ port: Number(new URL(to).port) });
      closing.push(() => proxy.close());
      return proxy;
    };
    const toBroker = await network(rabbitMq.amqpUrl);
    const toManagement = await network(rabbitMq.managementUrl);
    const gateway = await startGatewayProcess(
      {
        ...IMPATIENT,
        "amqp-url": through(toBroker, rabbitMq.amqpUrl),
        "management-url": through(toManagement, rabbitMq.managementUrl),
      },
      onLog,
    );
    closing.push(() => gateway.close());
    const toGateway = await network(gateway.url);
    return {
      rabbitMq,
      topology: topologyOf(rabbitMq),
      gateway,
      toBroker,
      toManagement,
      toGateway,
      ...side,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function through({ port }: TcpProxy, to: string): string {
  const url = new URL(to);
  url.port = String(port);
  return url.href;
}

/** The management API may not touch the bindings of an exclusive queue. */
const REMOVAL = `[rabbit_binding:remove(Binding, <<"an operator">>) || Binding <- rabbit_binding:list_for_source(
  rabbit_misc:r(<<"/">>, exchange, <<"${SIDE_EXCHANGE}">>))].`;

function sideExchange(rabbitMq: PrivateRabbitMq) {
  const path = `/api/exchanges/%2F/${SIDE_EXCHANGE}`;
  // Mnesia answers before its log is on the disk: a broker that is killed soon would come back without it.
  const onDisk = () => rabbitMq.node.ctl("eval", "catch mnesia:sync_log().");
  return {
    async declareSide() {
      await rabbitMq.management(path, { method: "PUT", body: { type: "topic", durable: true } });
      await onDisk();
    },
    async deleteSide() {
      await rabbitMq.management(path, { method: "DELETE" });
    },
    async unbindSide() {
      await rabbitMq.node.ctl("eval", REMOVAL);
    },
  };
}
