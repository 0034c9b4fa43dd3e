import { connectToBroker } from "./broker-connection.ts";
import { peerMessage, type PeerMessage } from "./peer-message.ts";
import { leastPublisher, type Publish } from "./publisher.ts";
import { SharedQueues } from "./shared-queues.ts";

/** What the peers' resolvers work with. */
export interface PeerBroker {
  readonly publish: Publish;
  /** Calls `onMessage` with every message of `exchange`; decoded once, however many listen. */
  subscribe(exchange: string, onMessage: (message: PeerMessage) => void): Promise<() => void>;
}

export async function openPeerBroker(): Promise<PeerBroker> {
  const connection = await connectToBroker();
  const queues = new SharedQueues(await connection.createChannel());
  const fans = new Map<string, Promise<Set<(message: PeerMessage) => void>>>();

  async function open(exchange: string) {
    const listeners = new Set<(message: PeerMessage) => void>();
    await queues.subscribe(exchange, (delivered) => {
      const message = peerMessage(delivered);
      for (const listener of listeners) listener(message);
    });
    return listeners;
  }

  return {
    publish: leastPublisher(await connection.createConfirmChannel()),
    async subscribe(exchange, onMessage) {
      const opened = fans.get(exchange) ?? open(exchange);
      fans.set(exchange, opened);
      const listeners = await opened;
      listeners.add(onMessage);
      return () => listeners.delete(onMessage);
    },
  };
}
