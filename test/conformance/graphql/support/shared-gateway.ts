import { afterAll, beforeAll } from "vitest";
import { startGateway, type GatewaySetup, type TestGateway } from "../../../harness/gateway.ts";
import { ProtocolSocket } from "./protocol-socket.ts";

/** One gateway for the tests of a `describe`: call it there, and the result within tests. */
export function sharedGateway(setup: GatewaySetup): () => TestGateway {
  let started: TestGateway | undefined;
  beforeAll(async () => {
    started = await startGateway(setup);
  });
  afterAll(async () => {
    await started?.close();
  });
  return () => {
    if (!started) throw new Error("The gateway runs while tests run, and not before");
    return started;
  };
}

/** Opens a socket for `work`, and closes it however that ends. */
export async function withSocket<T>(
  gateway: TestGateway,
  work: (socket: ProtocolSocket) => Promise<T>,
): Promise<T> {
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  try {
    return await work(socket);
  } finally {
    await socket.close();
  }
}
