import type { Logger } from "../../telemetry/logger.ts";
import { ManagementApi, ManagementTrouble, type ManagementAddress } from "./management-api.ts";
import { notUnderstood } from "./management-rows.ts";
import { ManagementWatch } from "./management-watch.ts";
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
/** Of each binding only what is read here: its arguments may be long. */
const COLUMNS = "?columns=source,destination,routing_key";
/** As long as no more ask at once, each queue is looked at by itself. */
const FEW = 4;

/** `late`: not at the moment, and it will be asked again. Undefined: there is nobody to tell. */
export type BindingsTold = readonly BindingFound[] | "late" | undefined;

/**
 * Which bindings a queue has, from the management API: over AMQP a binding can be made but not looked
 * for, so that one which was lost and is made again would be mended in silence.
 */
export class BindingLookup {
  readonly #api: ManagementApi;
  readonly #watch: ManagementWatch;
  readonly #virtualHost: string;
  readonly #soonTimeoutMs: number;
  readonly #shared = new SharedLooks<ReadonlyMap<string, readonly BindingFound[]>>();
  /** Exchanges with too many bindings to look at all of them. */
  readonly #large = new Set<string>();
  #asking = 0;

  /** `onChange` is called when the API has been found, and when it has gone. */
  constructor(options: {
    addresses: () => Promise<readonly ManagementAddress[]>;
    virtualHost: string;
    logger: Logger;
    onChange: () => void;
    timeoutMs?: number;
  }) {
    this.#api = new ManagementApi(options.timeoutMs ?? TIMEOUT_MS);
    this.#virtualHost = encodeURIComponent(options.virtualHost);
    this.#watch = new ManagementWatch(this.#api, { ...options, virtualHost: this.#virtualHost });
    this.#soonTimeoutMs = options.timeoutMs ?? SOON_TIMEOUT_MS;
  }

  /** There is a connection, to a broker of the cluster of that name. */
  connected(clusterName: string | undefined): void {
    this.#watch.connected(clusterName);
  }

  /** Somebody will ask: from now on the API is looked for. Idempotent. */
  want(): void {
    this.#watch.want();
  }

  /** As {@link ManagementWatch.isExpectedToAnswer}. */
  get isExpectedToAnswer(): boolean {
    return this.#watch.isExpectedToAnswer;
  }

  /** As {@link ManagementWatch.timesAnswering}. */
  get timesAnswering(): number {
    return this.#watch.timesAnswering;
  }

  /**
   * The queue's bindings, those to `exchange` at least. `soon`: somebody waits, so that less time is given,
   * and when many wait, all bindings of the exchange are asked for once.
   */
  async bindingsOf(
    queue: string,
    exchange: string,
    { soon }: { soon: boolean },
  ): Promise<BindingsTold> {
    const { address } = this.#watch;
    if (!address) return this.#unanswered;
    this.#asking++;
    try {
      const isOneOfMany = soon && this.#asking > FEW && !this.#large.has(exchange);
      if (isOneOfMany) return await this.#amongAll(queue, exchange, address);
      return await this.#ofQueue(queue, address, soon);
    } finally {
      this.#asking--;
    }
  }

  close(): void {
    this.#watch.close();
    this.#api.close();
  }

  get #unanswered(): "late" | undefined {
    return this.#watch.isAwaited ? "late" : undefined;
  }

  async #ofQueue(queue: string, address: ManagementAddress, soon: boolean): Promise<BindingsTold> {
    const path = `/api/queues/${this.#virtualHost}/${encodeURIComponent(queue)}/bindings${COLUMNS}`;
    const within = soon ? { timeoutMs: this.#soonTimeoutMs } : {};
    try {
      return this.#answered(bindingsIn(await this.#api.get(address, path, within)));
    } catch (error) {
      return this.#failed(address, troubleIn(error), soon);
    }
  }

  /** Everything that is bound to the exchange, of which the queue's are a part. */
  async #amongAll(
    queue: string,
    exchange: string,
    address: ManagementAddress,
  ): Promise<BindingsTold> {
    const path = `/api/exchanges/${this.#virtualHost}/${encodeURIComponent(exchange)}/bindings/source${COLUMNS}`;
    const within = { timeoutMs: this.#soonTimeoutMs };
    try {
      const all = await this.#shared.at(exchange, async () =>
        this.#answered(byQueue(bindingsIn(await this.#api.get(address, path, within)))),
      );
      return all.get(queue) ?? [];
    } catch (error) {
      const trouble = troubleIn(error);
      if (!trouble.isTooLong && trouble.status !== 404) return this.#failed(address, trouble, true);
      // An exchange with many more bindings than ours, or none any more: each queue by itself is less.
      if (trouble.isTooLong) this.#large.add(exchange);
      return await this.#ofQueue(queue, address, true);
    }
  }

  #failed(
    address: ManagementAddress,
    trouble: ManagementTrouble,
    soon: boolean,
  ): "late" | undefined {
    // Of one queue there is more than it may tell, and of the others it may tell.
    if (trouble.isTooLong) return undefined;
    const isForOne = (soon && trouble.isLate) || trouble.status === 404;
    if (isForOne) this.#watch.doubt();
    else this.#watch.failed(address, trouble);
    return this.#unanswered;
  }

  #answered<T>(told: T): T {
    this.#watch.answered();
    return told;
  }
}

function troubleIn(error: unknown): ManagementTrouble {
  return error instanceof ManagementTrouble ? error : notUnderstood();
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
