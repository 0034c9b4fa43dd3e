import type { Logger } from "../../telemetry/logger.ts";
import { ManagementApi, ManagementTrouble, type ManagementAddress } from "./management-api.ts";
import { SharedLooks } from "./shared-looks.ts";

/** A binding, as far as it tells one pattern of a tap from another. */
export interface BindingFound {
  readonly source: string;
  /** A queue's name, or an exchange's: those of taps are no exchange's. */
  readonly destination: string;
  readonly routingKey: string;
}

/** For somebody who waits, and for nobody in particular: on a busy machine it may take its time. */
const SOON_TIMEOUT_MS = 2_000;
const TIMEOUT_MS = 5_000;
/** Where it does not answer, it is tried again after this time: has it answered before, is it only late? */
const TRY_AGAIN_MS = 60_000;
const TRY_AGAIN_SOON_MS = 5_000;
const TRY_AGAIN_LATE_MS = 1_000;
/** What has answered before is late for so long, before it is taken for gone. */
const LATE_FOR_MS = 30_000;
/** Of each binding only what is read here: its arguments may be long. */
const COLUMNS = "?columns=source,destination,routing_key";
/** As long as no more ask at once, each queue is looked at by itself. */
const FEW = 4;

/** `late`: not at the moment, and it will be asked again. Undefined: there is nobody to tell. */
export type BindingsTold = readonly BindingFound[] | "late" | undefined;

/**
 * Which bindings a queue has, from the management API: over AMQP a binding can be made but not looked
 * for, so that one which was lost and is made again would be mended in silence.
 * Where the API cannot be asked nothing is known, and the log says so, once until that changes.
 */
export class BindingLookup {
  readonly #api: ManagementApi;
  readonly #addresses: () => Promise<readonly ManagementAddress[]>;
  readonly #virtualHost: string;
  readonly #logger: Logger;
  readonly #soonTimeoutMs: number;
  /** The one that knows this broker's queues. */
  #found: ManagementAddress | undefined;
  readonly #shared = new SharedLooks<ReadonlyMap<string, readonly BindingFound[]>>();
  /** Exchanges with too many bindings to look at all of them. */
  readonly #large = new Set<string>();
  #asking = 0;
  /** These on the clock of `performance.now`. */
  #notBeforeMs = 0;
  #lateSinceMs: number | undefined;
  #hasAnswered = false;
  /** What the log was told last. */
  #said: "late" | "gone" | undefined;

  constructor(options: {
    addresses: () => Promise<readonly ManagementAddress[]>;
    virtualHost: string;
    logger: Logger;
    timeoutMs?: number;
  }) {
    this.#api = new ManagementApi(options.timeoutMs ?? TIMEOUT_MS);
    this.#soonTimeoutMs = options.timeoutMs ?? SOON_TIMEOUT_MS;
    this.#addresses = options.addresses;
    this.#virtualHost = encodeURIComponent(options.virtualHost);
    this.#logger = options.logger;
  }

  /** It answers, or has done so until just now. */
  get isExpectedToAnswer(): boolean {
    return this.#found !== undefined || this.#isLate;
  }

  /** It is not known to answer, and time to try. */
  get isToBeTried(): boolean {
    return !this.#found && performance.now() >= this.#notBeforeMs;
  }

  /**
   * The queue's bindings, those to `exchange` at least. `soon`: somebody waits, so that only what answers
   * is asked, and when many wait, once for all.
   */
  async bindingsOf(
    queue: string,
    exchange: string,
    { soon }: { soon: boolean },
  ): Promise<BindingsTold> {
    if (!this.#found && (soon || !this.isToBeTried)) return this.#unanswered;
    this.#notBeforeMs = performance.now() + this.#tryAgainMs;
    this.#asking++;
    try {
      const isOneOfMany = soon && this.#asking > FEW && !this.#large.has(exchange);
      if (this.#found && isOneOfMany) return await this.#amongAll(queue, exchange, this.#found);
      return await this.#ofQueue(queue, soon);
    } finally {
      this.#asking--;
    }
  }

  get #unanswered(): "late" | undefined {
    return this.#isLate ? "late" : undefined;
  }

  get #isLate(): boolean {
    const since = this.#lateSinceMs;
    return since !== undefined && performance.now() - since < LATE_FOR_MS;
  }

  get #tryAgainMs(): number {
    if (!this.#hasAnswered) return TRY_AGAIN_MS;
    return this.#isLate ? TRY_AGAIN_LATE_MS : TRY_AGAIN_SOON_MS;
  }

  async #ofQueue(queue: string, soon: boolean): Promise<BindingsTold> {
    // A file that cannot be read keeps the broker's connections away as well, which say so.
    const asked = this.#found ? [this.#found] : await this.#addresses().catch(() => []);
    const path = `/api/queues/${this.#virtualHost}/${encodeURIComponent(queue)}/bindings${COLUMNS}`;
    const within = soon ? { timeoutMs: this.#soonTimeoutMs } : {};
    let trouble: ManagementTrouble | undefined;
    for (const address of asked) {
      try {
        const found = bindingsIn(await this.#api.get(address, path, within));
        this.#works(address);
        return found;
      } catch (error) {
        trouble = error instanceof ManagementTrouble ? error : notUnderstood();
      }
    }
    // The API that knew the others and not this one: it has just gone, and its consumer is told so.
    if (this.#found && trouble?.status === 404) return undefined;
    return this.#fails(trouble);
  }

  /** Everything that is bound to the exchange, of which the queue's are a part. */
  async #amongAll(
    queue: string,
    exchange: string,
    address: ManagementAddress,
  ): Promise<BindingsTold> {
    const path = `/api/exchanges/${this.#virtualHost}/${encodeURIComponent(exchange)}/bindings/source${COLUMNS}`;
    try {
      const all = await this.#shared.at(exchange, async () =>
        byQueue(bindingsIn(await this.#api.get(address, path, { timeoutMs: this.#soonTimeoutMs }))),
      );
      return all.get(queue) ?? [];
    } catch (error) {
      const trouble = error instanceof ManagementTrouble ? error : notUnderstood();
      if (trouble.status === 404) return [];
      // An exchange with many more bindings than ours: each queue by itself is less.
      if (!trouble.isTooLong) return this.#fails(trouble);
      this.#large.add(exchange);
      return await this.#ofQueue(queue, true);
    }
  }

  close(): void {
    this.#api.close();
  }

  #works(address: ManagementAddress): void {
    this.#found = address;
    this.#hasAnswered = true;
    this.#lateSinceMs = undefined;
    if (this.#said)
      this.#logger.info("the management API answers again: lost bindings are noticed");
    this.#said = undefined;
  }

  #fails(trouble: ManagementTrouble | undefined): "late" | undefined {
    if (this.#found) this.#lateSinceMs = performance.now();
    this.#found = undefined;
    this.#notBeforeMs = performance.now() + this.#tryAgainMs;
    const reason = trouble?.message;
    if (this.#isLate) {
      this.#say("late", reason, LATE);
      return "late";
    }
    this.#say("gone", reason, GONE);
    return undefined;
  }

  #say(what: "late" | "gone", reason: string | undefined, text: string): void {
    if (this.#said === what) return;
    this.#said = what;
    this.#logger.warn({ reason }, text);
  }
}

const LATE = `the management API does not answer: bindings that are lost now are noticed when it does, or made again after ${LATE_FOR_MS / 1_000} s`;
const GONE =
  "lost bindings are made again, but where an exchange was back by then nobody is told: that takes the management API (see management-url)";

function notUnderstood(): ManagementTrouble {
  return new ManagementTrouble("what answers is no management API");
}

function bindingsIn(answer: unknown): BindingFound[] {
  if (!Array.isArray(answer)) throw notUnderstood();
  return answer.map((row: unknown) => {
    if (typeof row !== "object" || row === null) throw notUnderstood();
    const { source, destination, routing_key: routingKey } = row as Record<string, unknown>;
    if (
      typeof source !== "string" ||
      typeof destination !== "string" ||
      typeof routingKey !== "string"
    )
      throw notUnderstood();
    return { source, destination, routingKey };
  });
}

function byQueue(all: readonly BindingFound[]): ReadonlyMap<string, readonly BindingFound[]> {
  const found = new Map<string, BindingFound[]>();
  for (const binding of all) {
    const of = found.get(binding.destination);
    if (of) of.push(binding);
    else found.set(binding.destination, [binding]);
  }
  return found;
}
