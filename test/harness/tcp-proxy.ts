import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePorts } from "./free-ports.ts";
import { Link } from "./tcp-proxy/link.ts";
import type { Direction, Toxics } from "./tcp-proxy/toxics.ts";

const DIRECTIONS = ["up", "down"] as const;

/** A network between a client and a server on this machine, that a test can break. */
export interface TcpProxy {
  /** On 127.0.0.1, the same for as long as the proxy is open. */
  readonly port: number;
  /** How many connections are open through it. */
  readonly connections: number;
  /** Destroys every connection, at both ends. */
  cut(): void;
  /** Destroys every connection with a reset (RST), at both ends. */
  reset(): void;
  /** True: dialling is refused (ECONNREFUSED), while what is open stays open. Resolves when that holds. */
  refuse(refusing: boolean): Promise<void>;
  /** True: connections are accepted and stay open, and not a byte passes that way until false. */
  stall(stalling: boolean, direction?: Direction | "both"): void;
  /** From now on every byte arrives so many milliseconds late, each way. */
  delay(ms: number): void;
  /** From now on this is what happens to bytes that go that way, instead of what did before. */
  poison(direction: Direction | "both", toxics: Toxics): void;
  /** Ends everything that was asked for. Connections that are lost or closed stay so. */
  heal(): Promise<void>;
  /** Ends the proxy and everything that goes through it. Idempotent. */
  close(): Promise<void>;
}

/** Starts a proxy in front of `target`, on a free loopback port. */
export async function startTcpProxy(target: { host?: string; port: number }): Promise<TcpProxy> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error("No free port");
  const links = new Set<Link>();
  const toxics: Record<Direction, Toxics> = { up: {}, down: {} };
  const stalled: Record<Direction, boolean> = { up: false, down: false };
  let server: Server | undefined;

  function accept(client: Socket): void {
    const upstream = connect({ host: "127.0.0.1", ...target, allowHalfOpen: true });
    const link = new Link(client, upstream, (direction) => toxics[direction]);
    links.add(link);
    link.onClosed(() => links.delete(link));
    for (const direction of DIRECTIONS) if (!stalled[direction]) link.flow(direction);
  }

  async function refuse(refusing: boolean): Promise<void> {
    if (refusing) deafen();
    else if (server === undefined) {
      server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept);
      await once(server.listen(port, "127.0.0.1"), "listening");
    }
  }

  function deafen(): void {
    server?.close();
    server = undefined;
  }

  function cut(): void {
    for (const link of links) link.destroy();
  }

  function stall(stalling: boolean, which: Direction | "both" = "both"): void {
    for (const direction of directionsIn(which)) {
      if (stalling === stalled[direction]) continue;
      stalled[direction] = stalling;
      for (const link of links) {
        if (stalling) link.hold(direction);
        else link.flow(direction);
      }
    }
  }

  function poison(which: Direction | "both", poisons: Toxics): void {
    for (const direction of directionsIn(which)) toxics[direction] = poisons;
  }

  await refuse(false);
  return {
    port,
    get connections() {
      return links.size;
    },
    cut,
    reset() {
      for (const link of links) link.reset();
    },
    refuse,
    stall,
    delay(ms) {
      poison("both", { latency: { ms } });
    },
    poison,
    async heal() {
      poison("both", {});
      stall(false);
      await refuse(false);
    },
    async close() {
      const closing = [...links].map(
        (link) => new Promise<void>((resolve) => link.onClosed(resolve)),
      );
      deafen();
      cut();
      await Promise.all(closing);
    },
  };
}

function directionsIn(which: Direction | "both"): readonly Direction[] {
  return which === "both" ? DIRECTIONS : [which];
}
