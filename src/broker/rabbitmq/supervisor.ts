import { setTimeout as wait } from "node:timers/promises";
import { toError } from "../../errors.ts";
import type { ConnectionState, ConnectionStatus } from "../status.ts";
import { brokerClosed, noConnection } from "../broker-errors.ts";
import { backoff } from "./backoff.ts";
import { connectionTrouble } from "./connection-trouble.ts";
import type { RabbitMqOptions } from "./options.ts";

/** A connection that has stayed up for so long starts the next reconnection's waits from the smallest. */
const STABLE_AFTER_MS = 10_000;

export type SupervisedState = { state: ConnectionState; since: Date; reason?: string };

/** A connection as its supervisor sees it. */
export interface SupervisedConnection {
  /** Resolves, once, with the reason why the connection has ended. Never rejects. */
  readonly ended: Promise<Error>;
  /** Why the broker takes no publishes, while it does not (RabbitMQ, "Blocked Connections"). */
  readonly blocked: string | undefined;
  set onBlocked(listener: () => void);
  /** Bounded in time; never rejects. */
  close(): Promise<void>;
}

/**
 * Keeps one connection open: dials, waits for it to end, dials again, until closed.
 * The only place that decides to reconnect, and it does so in one loop, so that there is never more
 * than one attempt under way. Nothing that its hooks throw ends the loop.
 */
export class Supervisor<C extends SupervisedConnection> {
  readonly #name: string;
  readonly #options: RabbitMqOptions;
  readonly #dial: (signal: AbortSignal) => Promise<C>;
  readonly #onChange: () => void;
  readonly #onUp: (connection: C) => void;
  readonly #closing = new AbortController();
  #waiting?: AbortController;
  #connection?: C | undefined;
  #current: SupervisedState = { state: "connecting", since: new Date() };
  #opened = 0;
  #running?: Promise<void>;
  readonly #waitingForFirst: {
    resolve: (connection: C) => void;
    reject: (error: Error) => void;
  }[] = [];

  /** A connection that `onUp` throws at is closed, and counts as one that could not be had. */
  constructor(
    name: string,
    options: RabbitMqOptions,
    hooks: {
      dial: (signal: AbortSignal) => Promise<C>;
      onChange: () => void;
      onUp?: (connection: C) => void;
    },
  ) {
    this.#name = name;
    this.#options = options;
    this.#dial = hooks.dial;
    this.#onChange = hooks.onChange;
    this.#onUp = hooks.onUp ?? (() => {});
  }

  get current(): SupervisedState {
    return this.#current;
  }

  get status(): ConnectionStatus {
    return { name: this.#name, ...this.#current, opened: this.#opened };
  }

  /** The open connection, where there is one. */
  get connection(): C | undefined {
    return this.#connection;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  get isStarted(): boolean {
    return this.#running !== undefined;
  }

  /**
   * The open connection, which is begun with where it was not. Waits for the first dial alone: rejects with
   * BROKER_UNAVAILABLE where that fails, or where it has been lost since.
   */
  async first(): Promise<C> {
    this.start();
    if (this.#connection) return this.#connection;
    if (this.#closing.signal.aborted) throw brokerClosed();
    if (this.#current.state !== "connecting") throw noConnection();
    return await new Promise((resolve, reject) => this.#waitingForFirst.push({ resolve, reject }));
  }

  /** The broker is there, as another connection has found: dials at once instead of waiting. */
  nudge(): void {
    this.#waiting?.abort();
  }

  /** Ends the loop and the connection. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting?.abort();
    await this.#connection?.close();
    await this.#running;
    for (const { reject } of this.#waitingForFirst.splice(0)) reject(brokerClosed());
    this.#enter("closed", "The gateway has closed it");
  }

  async #run(): Promise<void> {
    let attempt = 0;
    while (!this.#closing.signal.aborted) {
      const stayedUp = await this.#connectOnce();
      if (stayedUp > STABLE_AFTER_MS) attempt = 0;
      const delay = backoff(attempt++, this.#options.reconnectMinMs, this.#options.reconnectMaxMs);
      await this.#wait(delay);
    }
  }

  async #wait(delay: number): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#waiting = new AbortController();
    await wait(delay, undefined, { signal: this.#waiting.signal }).catch(() => {});
  }

  /** One dial and, where it succeeds, one life of a connection. Resolves with its length in milliseconds. */
  async #connectOnce(): Promise<number> {
    let connection: C;
    try {
      connection = await this.#dial(this.#closing.signal);
    } catch (error) {
      this.#lost(toError(error));
      return 0;
    }
    if (this.#closing.signal.aborted) {
      await connection.close();
      return 0;
    }
    const openedAt = performance.now();
    this.#connection = connection;
    const failure = this.#failureOf(() => this.#onUp(connection));
    if (failure) await connection.close();
    else this.#enterOpened(connection);
    const reason = failure ?? (await connection.ended);
    this.#connection = undefined;
    this.#lost(reason);
    return failure ? 0 : performance.now() - openedAt;
  }

  #enterOpened(connection: C): void {
    this.#opened++;
    connection.onBlocked = () => this.#tellBlocked(connection);
    this.#tellBlocked(connection);
    for (const { resolve } of this.#waitingForFirst.splice(0)) resolve(connection);
  }

  #tellBlocked(connection: C): void {
    if (connection.blocked === undefined) this.#enter("connected");
    else
      this.#enter("blocked", "The broker takes no messages: it is short of memory or disk space");
  }

  #lost(error: Error): void {
    if (this.#closing.signal.aborted) return;
    const reason = connectionTrouble(error);
    this.#options.logger.debug({ err: error, connection: this.#name }, reason);
    this.#enter("disconnected", reason);
    for (const { reject } of this.#waitingForFirst.splice(0)) reject(noConnection());
  }

  #enter(state: ConnectionState, reason?: string): void {
    if (this.#current.state === state && this.#current.reason === reason) return;
    this.#current = { state, since: new Date(), ...(reason === undefined ? {} : { reason }) };
    const level = state === "disconnected" || state === "blocked" ? "warn" : "info";
    this.#options.logger[level](
      { connection: this.#name, state, reason },
      "connection to the broker",
    );
    this.#failureOf(() => this.#onChange());
  }

  /** What a hook has thrown, which is our own mistake and must not be the end of reconnecting. */
  #failureOf(hook: () => void): Error | undefined {
    try {
      hook();
      return undefined;
    } catch (thrown) {
      const error = toError(thrown);
      this.#options.logger.error({ err: error, connection: this.#name }, "a listener threw");
      return error;
    }
  }
}
