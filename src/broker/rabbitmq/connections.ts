import { toError } from "../../errors.ts";
import { urlsIn } from "../../url-list.ts";
import type { ConnectionStatus } from "../status.ts";
import { combinedState } from "./combined-state.ts";
import { dialRound } from "./dial-round.ts";
import type { RabbitMqOptions } from "./options.ts";
import { Supervisor, type SupervisedConnection, type SupervisedState } from "./supervisor.ts";

/** A way to connect: `options.url` is one broker's. */
interface ConnectionKind<C> {
  open(name: string, options: RabbitMqOptions, signal: AbortSignal): Promise<C>;
}

type AnySupervisor = Pick<
  Supervisor<SupervisedConnection>,
  "start" | "isStarted" | "nudge" | "close" | "current" | "status"
>;

/** All supervised connections to the broker. Those that the gateway does not work without have one state together. */
export class Connections {
  readonly #options: RabbitMqOptions;
  readonly #urls: readonly string[];
  readonly #needed: AnySupervisor[] = [];
  readonly #others: AnySupervisor[] = [];
  readonly #listeners = new Set<() => void>();
  #state: SupervisedState = { state: "connecting", since: new Date() };

  constructor(options: RabbitMqOptions) {
    this.#options = options;
    this.#urls = urlsIn(options.url);
  }

  /** What the gateway does not work without; dialled by {@link open}. `onUp` is called with each connection. */
  needed<C extends SupervisedConnection>(
    name: string,
    kind: ConnectionKind<C>,
    onUp: (connection: C) => void,
  ): Supervisor<C> {
    const supervisor = this.#supervise(name, kind, onUp);
    this.#needed.push(supervisor);
    return supervisor;
  }

  /** What is dialled when somebody starts it, and says nothing about the whole. */
  onDemand<C extends SupervisedConnection>(
    name: string,
    kind: ConnectionKind<C>,
    onUp: (connection: C) => void,
  ): Supervisor<C> {
    const supervisor = this.#supervise(name, kind, onUp);
    this.#others.push(supervisor);
    return supervisor;
  }

  /** Dials a connection that nobody supervises, at each broker in turn. */
  async dial<C>(name: string, kind: ConnectionKind<C>, signal: AbortSignal): Promise<C> {
    const dial = (url: string) => kind.open(name, { ...this.#options, url }, signal);
    return await dialRound(this.#urls, dial, signal);
  }

  get state(): SupervisedState {
    return this.#state;
  }

  get statuses(): readonly ConnectionStatus[] {
    const started = this.#others.filter(({ isStarted }) => isStarted);
    return [...this.#needed, ...started].map(({ status }) => status);
  }

  /** Calls `listener` whenever `state` has changed; what it throws is logged. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): void {
    for (const supervisor of this.#needed) supervisor.start();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#needed, ...this.#others].map((supervisor) => supervisor.close()));
    this.#listeners.clear();
  }

  #supervise<C extends SupervisedConnection>(
    name: string,
    kind: ConnectionKind<C>,
    onUp: (connection: C) => void,
  ): Supervisor<C> {
    return new Supervisor(name, this.#options, {
      dial: (signal) => this.dial(name, kind, signal),
      onUp: (connection) => {
        onUp(connection);
        for (const supervisor of [...this.#needed, ...this.#others]) supervisor.nudge();
      },
      onChange: () => this.#changed(),
    });
  }

  #changed(): void {
    const next = combinedState(this.#needed.map((supervisor) => supervisor.current));
    if (next.state === this.#state.state && next.reason === this.#state.reason) return;
    this.#state = next;
    for (const listener of this.#listeners) this.#tell(listener);
  }

  /** A listener that throws is the only one that is not told. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#options.logger.error(
        { err: toError(error) },
        "a listener of the broker's status threw",
      );
    }
  }
}
