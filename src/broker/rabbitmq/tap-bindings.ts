import { exchangeNotFound, noConnection } from "../broker-errors.ts";
import { fieldTable } from "../field-table.ts";
import type { TapSpec } from "../topology.ts";
import type { CodedError } from "../../errors.ts";
import type { BindingLookup } from "./binding-lookup.ts";
import { refusal, replyCode } from "./reply-codes.ts";
import type { SerialChannels } from "./serial-channels.ts";
import type { Channel } from "./wire/channel.ts";

/**
 * How bindings were found: all there, as far as that can be known (`kept`); made anew, because one had
 * gone or may have (`mended`); not found, as who knows is late (`unknown`); or gone, and not to be made
 * anew at the moment (`lost`).
 */
export type BindingsFound =
  | { readonly state: "kept" | "mended" | "unknown" }
  | { readonly state: "lost"; readonly why: CodedError };

/** So long, and so many times in a row, the management API may be late with one queue, however soon it is with others. */
const ONE_LATE_FOR_MS = 30_000;
const ONE_LATE_TIMES = 3;

/** The bindings of one queue of a tap. */
export class TapBindings {
  readonly #queue: string;
  readonly #spec: TapSpec;
  readonly #lookup: BindingLookup;
  /** Where they were made without anybody having looked: how often the API had begun to answer by then. */
  #unseenSince: number | undefined;
  /** Since when the API is late with them, on the clock of `performance.now`, and how often in a row it was. */
  #lateSinceMs: number | undefined;
  #lateTimes = 0;

  constructor(queue: string, spec: TapSpec, lookup: BindingLookup) {
    this.#queue = queue;
    this.#spec = spec;
    this.#lookup = lookup;
    if (!lookup.isExpectedToAnswer) this.#unseenSince = lookup.timesAnswering;
  }

  /** Makes each; one that is there stays as it is. Rejects with NOT_FOUND where the exchange does not exist. */
  async make(channels: SerialChannels<Channel>): Promise<void> {
    try {
      await channels.run((channel, bounded) => this.makeOn(channel, bounded));
    } catch (error) {
      throw refusedTap(error, this.#spec);
    }
  }

  /** As `make`, as a part of some other work on a channel; rejects with the broker's own error. */
  async makeOn(channel: Channel, bounded: <A>(answer: Promise<A>) => Promise<A>): Promise<void> {
    const { exchange, routingPatterns, headers } = this.#spec;
    const bindingArguments = headers
      ? fieldTable({ ...headers.values, "x-match": headers.match })
      : fieldTable();
    for (const pattern of routingPatterns)
      await bounded(channel.bindQueue(this.#queue, exchange, pattern, bindingArguments));
  }

  /**
   * Makes sure of them. The broker answers a bind alike whether the binding was there or not, so the
   * management API is asked first; `soon` as {@link BindingLookup.bindingsOf} has it. `gone` is waited for
   * before one that has gone is made again. While the API is late they are left alone, but not for ever: one
   * that was made again would never be known to have gone.
   * Rejects where nothing is known: no connection, or a refusal that takes nothing away.
   */
  async confirm(
    channels: SerialChannels<Channel>,
    { soon, gone }: { soon: boolean; gone: () => Promise<void> },
  ): Promise<BindingsFound> {
    const areAll = await this.#areAllThere(soon);
    if (areAll === true) return { state: "kept" };
    const haveGone = areAll === false;
    try {
      if (areAll === "late") {
        const { exchange } = this.#spec;
        await channels.run((channel, bounded) => bounded(channel.checkExchange(exchange)));
        return { state: "unknown" };
      }
      const unseenSince = this.#isLateForTooLong ? Infinity : this.#lookup.timesAnswering;
      const mayHaveGone = haveGone || this.#isWatched;
      if (mayHaveGone) await gone();
      await channels.run((channel, bounded) => this.makeOn(channel, bounded));
      if (!haveGone) this.#unseenSince = unseenSince;
      return { state: mayHaveGone ? "mended" : "kept" };
    } catch (error) {
      const why = refusedTap(error, this.#spec);
      // With the queue went its bindings; that it has gone, its consumer is told.
      const isLost = why.code === "NOT_FOUND" || (haveGone && !isQueueGone(error));
      if (isLost) return { state: "lost", why };
      throw why;
    }
  }

  /** The API has been there since they were made, so that whoever listens is to be told when it cannot say any more. */
  get #isWatched(): boolean {
    return this.#unseenSince === undefined || this.#unseenSince < this.#lookup.timesAnswering;
  }

  /** Only an answer shows then that it can be asked again: with others it has been in time all along. */
  get #isLateForTooLong(): boolean {
    if (this.#lateSinceMs === undefined || this.#lateTimes < ONE_LATE_TIMES) return false;
    return performance.now() - this.#lateSinceMs >= ONE_LATE_FOR_MS;
  }

  /** Undefined where it cannot be known. */
  async #areAllThere(soon: boolean): Promise<boolean | "late" | undefined> {
    const { exchange, routingPatterns } = this.#spec;
    const told = await this.#lookup.bindingsOf(this.#queue, exchange, { soon });
    if (told === "late") {
      this.#lateSinceMs ??= performance.now();
      this.#lateTimes++;
      return this.#isLateForTooLong ? undefined : "late";
    }
    this.#lateSinceMs = undefined;
    this.#lateTimes = 0;
    if (told === undefined) return undefined;
    this.#unseenSince = undefined;
    const keys = new Set<string>();
    for (const { source, routingKey } of told) if (source === exchange) keys.add(routingKey);
    return routingPatterns.every((pattern) => keys.has(pattern));
  }
}

/** Why a tap could not be had, in the words of whoever asked for it. */
export function refusedTap(error: unknown, { exchange }: TapSpec): CodedError {
  if (replyCode(error) !== 404)
    return refusal(error, `The broker refused a subscription to exchange "${exchange}"`);
  // The queue may have gone in between; its consumer is told so.
  return isQueueGone(error) ? noConnection() : exchangeNotFound(exchange);
}

function isQueueGone(error: unknown): boolean {
  return replyCode(error) === 404 && error instanceof Error && error.message.includes("no queue");
}
