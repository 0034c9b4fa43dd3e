import { onTestFinished } from "vitest";
import type { GatewayOptions } from "../../../../src/gateway.ts";
import { startGateway, type TestGateway } from "../../../harness/gateway.ts";
import type { RabbitMq } from "../../../harness/rabbitmq/rabbitmq.ts";
import { sharedRabbitMq } from "../../../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../../../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy, type TcpProxy } from "../../../harness/tcp-proxy.ts";

export interface BehindProxy {
  readonly gateway: TestGateway;
  readonly proxy: TcpProxy;
  /** The virtual host that the gateway works in, by a way that goes past the proxy. */
  readonly rabbitMq: RabbitMq;
}

/** A gateway with a network to its RabbitMQ that the test can break; all of it goes with the test. */
export async function gatewayBehindProxy({
  brokerIsDown = false,
  ...options
}: GatewayOptions & { brokerIsDown?: boolean } = {}): Promise<BehindProxy> {
  const rabbitMq = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => rabbitMq.dispose());
  const amqpUrl = new URL(rabbitMq.amqpUrl);
  const proxy = await startTcpProxy({ host: amqpUrl.hostname, port: Number(amqpUrl.port) });
  onTestFinished(() => proxy.close());
  await proxy.refuse(brokerIsDown);
  amqpUrl.hostname = "127.0.0.1";
  amqpUrl.port = String(proxy.port);
  const gateway = await startGateway({
    broker: "rabbitmq",
    amqpUrl: amqpUrl.href,
    untilReady: !brokerIsDown,
    reconnectMinMs: 20,
    reconnectMaxMs: 100,
    ...options,
  });
  onTestFinished(() => gateway.close());
  return { gateway, proxy, rabbitMq };
}
