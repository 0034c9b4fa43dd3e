import type { BrokerStatus } from "../../src/broker/status.ts";

interface Connecting {
  readonly status: BrokerStatus;
  onStatus(listener: (status: BrokerStatus) => void): () => void;
}

/** Resolves as soon as the broker's state is `connected`. */
export async function connected(broker: Connecting): Promise<void> {
  if (broker.status.state === "connected") return;
  await new Promise<void>((resolve) => {
    const stop = broker.onStatus(({ state }) => {
      if (state !== "connected") return;
      stop();
      resolve();
    });
  });
}
