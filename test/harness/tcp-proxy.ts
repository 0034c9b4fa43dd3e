import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";
import { freePorts } from "./free-ports.ts";

/** A network between a client and a server on this machine, that a test can break. */
export interface TcpProxy {
  /** On 127.0.0.1, the same for as long as the proxy is open. */
  readonly port: number;
  /** How many connections are open through it. */
  readonly connections: number;
  /** Destroys every connection, at both ends. */
  cut(): void;
  /** True: dialling is refused (ECONNREFUSED), while what is open stays open. Resolves when that holds. */
  refuse(refusing: boolean): Promise<void>;
  /** True: connections are accepted and stay open, and not a byte passes, either way, until false. */
  stall(stalling: boolean): void;
  /** From now on every byte arrives so many milliseconds late, each way. */
  delay(ms: number): void;
  /** Ends the proxy and everything that goes through it. Idempotent. */
  close(): Promise<void>;
}

/** Starts a proxy in front of `target`, on a free loopback port. */
export async function startTcpProxy(target: { host?: string; port: number }): Promise<TcpProxy> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error("No free port");
  const links = new Set<Link>();
  let stalled = false;
  let lateMs = 0;
  let server: Server | undefined;

  function accept(client: Socket): void {
    const upstream = connect({ host: "127.0.0.1", ...target, allowHalfOpen: true });
    const link = new Link(client, upstream, () => lateMs);
    links.add(link);
    link.onClosed(() => links.delete(link));
    if (!stalled) link.flow();
  }

  async function listen(): Promise<void> {
    if (server !== undefined) return;
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept);
    await once(server.listen(port, "127.0.0.1"), "listening");
  }

  function deafen(): void {
    server?.close();
    server = undefined;
  }

  function cut(): void {
    for (const link of links) link.destroy();
  }

  await listen();
  return {
    port,
    get connections() {
      return links.size;
    },
    cut,
    async refuse(refusing) {
      if (refusing) deafen();
      else await listen();
    },
    stall(stalling) {
      if (stalling === stalled) return;
      stalled = stalling;
      for (const link of links) {
        if (stalling) link.hold();
        else link.flow();
      }
    },
    delay(ms) {
      lateMs = ms;
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

/** A connection of a client with the one made to the target on its behalf. */
class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #up: Transform;
  readonly #down: Transform;
  readonly #listeners: (() => void)[] = [];
  #open = 2;

  constructor(client: Socket, upstream: Socket, lateMs: () => number) {
    this.#client = client;
    this.#upstream = upstream;
    this.#up = delaying(lateMs);
    this.#down = delaying(lateMs);
    for (const end of [client, upstream]) {
      end.setNoDelay(true);
      end.on("error", () => this.destroy());
      end.once("close", () => {
        this.#open -= 1;
        if (this.#open === 0) for (const listener of this.#listeners) listener();
      });
    }
  }

  onClosed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  flow(): void {
    this.#client.pipe(this.#up).pipe(this.#upstream);
    this.#upstream.pipe(this.#down).pipe(this.#client);
  }

  hold(): void {
    for (const end of [this.#client, this.#up, this.#upstream, this.#down]) end.unpipe().pause();
  }

  destroy(): void {
    for (const end of [this.#client, this.#up, this.#upstream, this.#down]) end.destroy();
  }
}

/** Passes everything on, in order, so many milliseconds after it came. */
function delaying(lateMs: () => number): Transform {
  const waiting: (() => void)[] = [];
  const later = (work: () => void) => {
    const ms = lateMs();
    if (ms === 0 && waiting.length === 0) {
      work();
      return;
    }
    waiting.push(work);
    // Whichever timer is first, what came first goes first.
    setTimeout(() => waiting.shift()?.(), ms);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, taken) {
      later(() => this.push(chunk));
      taken();
    },
    flush: (done) => later(done),
  });
}
