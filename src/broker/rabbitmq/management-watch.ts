import type { Logger } from "../../telemetry/logger.ts";
import { findManagementApi } from "./find-management-api.ts";
import { ManagementTrouble, type ManagementAddress, type ManagementApi } from "./management-api.ts";

/** What has answered before is late for so long, before it is taken for gone. */
const LATE_FOR_MS = 30_000;
/** It is looked for again after this time: while it is late, once it is gone, and where it has never answered. */
const LATE_AGAIN_MS = 1_000;
const GONE_AGAIN_MS = 5_000;
const NEVER_AGAIN_MS = 60_000;

const LATE = `the management API does not answer: for ${LATE_FOR_MS / 1_000} s bindings that are lost are noticed when it does, and then made again without it`;
const GONE =
  "lost bindings are made again, but where an exchange was back by then nobody is told: that takes the management API (see management-url)";
const BACK = "the management API answers again: lost bindings are noticed";

/**
 * Whether a broker's management API is there: looked for by itself, so that nobody waits for one that is not.
 * The log says each change that matters, once.
 */
export class ManagementWatch {
  readonly #api: ManagementApi;
  readonly #addresses: () => Promise<readonly ManagementAddress[]>;
  readonly #logger: Logger;
  readonly #onChange: () => void;
  #clusterName: string | undefined;
  #address: ManagementAddress | undefined;
  /** On the clock of `performance.now`. */
  #lateSinceMs: number | undefined;
  #timesFound = 0;
  #timer: NodeJS.Timeout | undefined;
  #isSearching = false;
  #isToSearchAgain = false;
  #isClosed = false;
  #said: string | undefined;

  /** `onChange` is called when it has been found, and when it has gone. */
  constructor(
    api: ManagementApi,
    options: {
      addresses: () => Promise<readonly ManagementAddress[]>;
      logger: Logger;
      onChange: () => void;
    },
  ) {
    this.#api = api;
    this.#addresses = options.addresses;
    this.#logger = options.logger;
    this.#onChange = options.onChange;
  }

  /** Where it is, as far as is known. */
  get address(): ManagementAddress | undefined {
    return this.#address;
  }

  /** It has answered until a short time ago, and will be asked again. */
  get isLate(): boolean {
    return this.#lateSinceMs !== undefined;
  }

  /** How often it has been found: between two looks that saw the same number it has not been away and come back. */
  get timesFound(): number {
    return this.#timesFound;
  }

  /** There is a connection, to a broker of the cluster of that name. */
  connected(clusterName: string | undefined): void {
    this.#clusterName = clusterName;
    void this.#search();
  }

  /** It let somebody wait for too long who is in a hurry: is it there? */
  doubt(): void {
    void this.#search();
  }

  /** It was asked at that address, in vain. */
  failed(address: ManagementAddress, trouble: ManagementTrouble): void {
    // Another may have been found since.
    if (this.#address === address) this.#notFound(trouble);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #search(): Promise<void> {
    if (this.#isSearching) {
      this.#isToSearchAgain = true;
      return;
    }
    this.#isSearching = true;
    clearTimeout(this.#timer);
    do {
      this.#isToSearchAgain = false;
      await this.#searchOnce();
    } while (this.#isToSearchAgain && !this.#isClosed);
    this.#isSearching = false;
  }

  async #searchOnce(): Promise<void> {
    try {
      const found = await findManagementApi(this.#api, this.#addresses, this.#clusterName);
      if (!this.#isClosed) this.#found(found);
    } catch (error) {
      if (!this.#isClosed) this.#notFound(error as ManagementTrouble);
    }
  }

  #found(address: ManagementAddress): void {
    const wasFound = this.#address !== undefined;
    this.#address = address;
    if (wasFound) return;
    this.#lateSinceMs = undefined;
    this.#timesFound++;
    if (this.#said !== undefined) this.#logger.info(BACK);
    this.#said = undefined;
    this.#onChange();
  }

  #notFound({ message: reason }: ManagementTrouble): void {
    const now = performance.now();
    if (this.#address) {
      this.#address = undefined;
      this.#lateSinceMs = now;
      this.#say(LATE, reason);
    } else if (this.#lateSinceMs === undefined) this.#say(GONE, reason);
    else if (now - this.#lateSinceMs >= LATE_FOR_MS) {
      this.#lateSinceMs = undefined;
      this.#say(GONE, reason);
      this.#onChange();
    }
    this.#searchLater();
  }

  #searchLater(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const again = this.#timesFound > 0 ? GONE_AGAIN_MS : NEVER_AGAIN_MS;
    const wait = this.isLate ? LATE_AGAIN_MS : again;
    this.#timer = setTimeout(() => void this.#search(), wait).unref();
  }

  #say(text: string, reason: string): void {
    if (this.#said === text) return;
    this.#said = text;
    this.#logger.warn({ reason }, text);
  }
}
