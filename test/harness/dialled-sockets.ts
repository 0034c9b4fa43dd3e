import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** What this process has dialled since. */
export interface DialledSockets {
  /** Those to the port, in order, whether or not anybody answered; closed ones stay in it. */
  readonly all: readonly Socket[];
  readonly open: readonly Socket[];
  /** When each of them was dialled, as `performance.now()` has it. */
  readonly times: readonly number[];
  readonly stop: () => void;
}

/** Watches every socket that this process makes to `port`, from the dial on (node:net's channel `net.client.socket`). */
export function dialledSockets(port: number): DialledSockets {
  const all: Socket[] = [];
  const times: number[] = [];
  const made = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    const at = performance.now();
    // Before that nobody knows where it leads.
    socket.once("connectionAttempt", (_address: string, attempted: number) => {
      if (attempted !== port) return;
      all.push(socket);
      times.push(at);
    });
  };
  subscribe("net.client.socket", made);
  return {
    all,
    times,
    get open() {
      return all.filter((socket) => !socket.destroyed);
    },
    stop: () => unsubscribe("net.client.socket", made),
  };
}
