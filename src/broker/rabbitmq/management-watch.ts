import type { Logger } from "../../telemetry/logger.ts";
import { findManagementApi } from "./find-management-api.ts";
import { ManagementTrouble, type ManagementAddress, type ManagementApi } from "./management-api.ts";

/** What has answered before is late for so long, before it is taken for gone. */
const LATE_FOR_MS = 30_000;
/** It is looked for again after this time: while it is late, once it is gone, and where it has never answered. */
const LATE_AGAIN_MS = 1_000;
const GONE_AGAIN_MS = 5_000;
const NEVER_AGAIN_MS = 60_000;

const LATE = `the management API does not answer: lost bindings wait for it, for ${LATE_FOR_MS / 1_000} s`;
const GONE =
  "lost bindings are made again, but where an exchange was back by then nobody is told: that takes the management API (see management-url)";
const BACK = "the management API answers again: lost bindings are noticed";

/** What is in every virtual host: who may see it there may see the bindings. */
const SEEN_BY_ALL = "amq.direct?columns=name";

/**
 * Whether a broker's management API is there: looked for by itself, so that nobody waits for one that is not.
 * That it can be reached is not enough: only answers to what it is asked end being late.
 * The log says each change that matters, once.
 */
export class ManagementWatch {
  readonly #api: ManagementApi;
  readonly #addresses: () => Promise<readonly ManagementAddress[]>;
  readonly #virtualHost: string;
  readonly #logger: Logger;
  readonly #onChange: () => void;
  #isWanted = false;
  /** Of the broker that there is a connection to, or was; undefined before the first. */
  #cluster: { readonly name: string | undefined } | undefined;
  #address: ManagementAddress | undefined;
  #hasConcluded = false;
  /** On the clock of `performance.now`. */
  #lateSinceMs: number | undefined;
  #isAnswering = false;
  #timesAnswering = 0;
  #timer: NodeJS.Timeout | undefined;
  #isSearching = false;
  #isToSearchAgain = false;
  #isClosed = false;
  #said: string | undefined;

  /**
   * `virtualHost` is as in paths. `onChange` is called when the API is there and may be asked, and when that
   * is not so any more, or not at all.
   */
  constructor(
    api: ManagementApi,
    options: {
      addresses: () => Promise<readonly ManagementAddress[]>;
      virtualHost: string;
      logger: Logger;
      onChange: () => void;
    },
  ) {
    this.#api = api;
    this.#addresses = options.addresses;
    this.#virtualHost = options.virtualHost;
    this.#logger = options.logger;
    this.#onChange = options.onChange;
  }

  /** Where it is to be asked. */
  get address(): ManagementAddress | undefined {
    return this.#address;
  }

  /** It answers, or has done so until a short time ago. */
  get isExpectedToAnswer(): boolean {
    return this.#address !== undefined || this.#lateSinceMs !== undefined;
  }

  /** What it has not told yet it may still tell: it is expected to answer, or looked for the first time. */
  get isAwaited(): boolean {
    return this.isExpectedToAnswer || (this.#isSearching && !this.#hasConcluded);
  }

  /** How often it has begun to answer: between two looks that saw the same number it has not been away and come back. */
  get timesAnswering(): number {
    return this.#timesAnswering;
  }

  /** Somebody will ask it. Idempotent. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    if (this.#cluster) void this.#search();
  }

  /** There is a connection, to a broker of the cluster of that name. */
  connected(clusterName: string | undefined): void {
    this.#cluster = { name: clusterName };
    if (this.#isWanted) void this.#search();
  }

  /** It has told what it was asked. */
  answered(): void {
    this.#lateSinceMs = undefined;
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#timesAnswering++;
    if (this.#said !== undefined) this.#logger.info(BACK);
    this.#said = undefined;
  }

  /** Is it still there? */
  doubt(): void {
    void this.#search();
  }

  /** It was asked at that address, in vain. */
  failed(address: ManagementAddress, trouble: ManagementTrouble): void {
    // Another may have been found since.
    if (this.#address === address && !this.#isClosed) this.#notFound(trouble);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #search(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isSearching) {
      this.#isToSearchAgain = true;
      return;
    }
    this.#isSearching = true;
    clearTimeout(this.#timer);
    do {
      this.#isToSearchAgain = false;
      const found = await this.#searchOnce();
      if (this.#isClosed) return;
      if (found instanceof ManagementTrouble) this.#notFound(found);
      else this.#found(found);
    } while (this.#isToSearchAgain);
    this.#isSearching = false;
  }

  async #searchOnce(): Promise<ManagementAddress | ManagementTrouble> {
    try {
      const name = this.#cluster?.name;
      const found = await findManagementApi(this.#api, this.#addresses, name);
      await this.#api.get(found, `/api/exchanges/${this.#virtualHost}/${SEEN_BY_ALL}`);
      return found;
    } catch (error) {
      return error as ManagementTrouble;
    }
  }

  #found(address: ManagementAddress): void {
    const wasFound = this.#address !== undefined;
    this.#hasConcluded = true;
    this.#address = address;
    clearTimeout(this.#timer);
    if (!wasFound) this.#onChange();
  }

  #notFound({ message: reason }: ManagementTrouble): void {
    const now = performance.now();
    const isFirst = !this.#hasConcluded;
    this.#hasConcluded = true;
    this.#address = undefined;
    if (this.#isAnswering) this.#lateSinceMs ??= now;
    this.#isAnswering = false;
    const isOver = this.#lateSinceMs !== undefined && now - this.#lateSinceMs >= LATE_FOR_MS;
    if (isOver) this.#lateSinceMs = undefined;
    this.#say(this.#lateSinceMs === undefined ? GONE : LATE, reason);
    this.#searchLater();
    if (isOver || isFirst) this.#onChange();
  }

  #searchLater(): void {
    clearTimeout(this.#timer);
    const again = this.#timesAnswering > 0 ? GONE_AGAIN_MS : NEVER_AGAIN_MS;
    const wait = this.#lateSinceMs === undefined ? again : LATE_AGAIN_MS;
    this.#timer = setTimeout(() => void this.#search(), wait).unref();
  }

  #say(text: string, reason: string): void {
    if (this.#said === text) return;
    this.#said = text;
    this.#logger.warn({ reason }, text);
  }
}
