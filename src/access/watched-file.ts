import { readFileSync, unwatchFile, watchFile, type StatsListener } from "node:fs";
import { toError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** How often it is looked at, in milliseconds. By its name and not by its inode: mounted secrets are links that are put elsewhere. */
const LOOK_EVERY_MS = 1_000;

export interface WatchedFileOptions<T> {
  readonly path: string;
  /** What the file holds. @throws {Error} where it holds no such thing. */
  readonly read: (content: Buffer) => T;
  /** It holds something else by now. */
  readonly onChange?: (content: T) => void;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/** What a file holds, read again when it changes; as long as that goes wrong, what it held before. */
export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>;
  readonly #look: StatsListener = () => this.readAgain();
  #content: T;

  /** @throws {Error} where the file cannot be read, or does not hold what it should. */
  constructor(options: WatchedFileOptions<T>) {
    this.#options = options;
    this.#content = this.#read();
    const interval = options.everyMs ?? LOOK_EVERY_MS;
    watchFile(options.path, { interval, persistent: false }, this.#look);
  }

  get content(): T {
    return this.#content;
  }

  close(): void {
    unwatchFile(this.#options.path, this.#look);
  }

  /** Does not wait until it is seen to have changed. Never throws. */
  readAgain(): void {
    const { path, logger, onChange } = this.#options;
    try {
      this.#content = this.#read();
    } catch (thrown) {
      const reason = toError(thrown).message;
      logger.error({ path, reason }, "a file has changed, and what it holds now is not used");
      return;
    }
    logger.info({ path }, "a file has changed, and was read again");
    onChange?.(this.#content);
  }

  #read(): T {
    const { path, read } = this.#options;
    return read(readFileSync(path));
  }
}
