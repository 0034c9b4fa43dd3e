import type { Config } from "../../config/config.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Fork, WorkerProcess } from "./fork.ts";
import type { Report } from "./order.ts";

export interface WorkerSlotOptions {
  readonly number: number;
  readonly config: Config;
  readonly logger: Logger;
  readonly fork: Fork;
  /** It listens for the first time. */
  onListening(url: string): void;
  /** It cannot be kept running; why, in one line. */
  onFailed(why: string): void;
}

/** Who ends so often in a row without having listened will not listen the next time either. */
const MOST_FAILED_STARTS = 5;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** Who has listened for so long has not failed as the one before it: the next delay is the first again. */
const STABLE_MS = 10_000;

/** The place of one worker: whoever ends in it is replaced, after a delay that grows, until it is stopped. */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #logger: Logger;
  #process: WorkerProcess | undefined;
  #ended: Promise<boolean> = Promise.resolve(true);
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  #everListened = false;
  #listeningSince: number | undefined;
  #whyNot: string | undefined;
  #failedStarts = 0;
  #endsInARow = 0;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ worker: options.number });
    this.#start();
  }

  /** Has the worker drain; resolves to whether it ended in good order. */
  stop(): Promise<boolean> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#process?.kill("SIGTERM");
    return this.#ended;
  }

  /** Has the worker read its policy again. */
  reload(): void {
    // Who does not listen yet has only just read it, and does not know the signal yet.
    if (this.#listeningSince !== undefined) this.#process?.kill("SIGHUP");
  }

  kill(): void {
    this.#process?.kill("SIGKILL");
  }

  #start(): void {
    const { fork, number, config } = this.#options;
    const started = fork({ number, config });
    this.#process = started;
    this.#listeningSince = undefined;
    this.#whyNot = undefined;
    started.on("message", (report) => this.#reported(started, report));
    this.#ended = new Promise((resolve) => {
      started.once("exit", (code, signal) => {
        this.#process = undefined;
        // A process that is only coming up does not know the signal yet.
        resolve(code === 0 || (signal === "SIGTERM" && this.#listeningSince === undefined));
        if (!this.#stopping) this.#replace({ workerPid: started.pid, code, signal });
      });
    });
  }

  #reported(worker: WorkerProcess, report: Report): void {
    if (this.#stopping) return;
    if ("failed" in report) {
      this.#whyNot = report.failed;
      worker.kill("SIGTERM");
      return;
    }
    this.#listeningSince = performance.now();
    this.#failedStarts = 0;
    if (!this.#everListened) this.#options.onListening(report.listening);
    this.#everListened = true;
  }

  #replace(end: {
    workerPid: number | undefined;
    code: number | null;
    signal: string | null;
  }): void {
    const since = this.#listeningSince;
    if (since === undefined) this.#failedStarts++;
    if (since !== undefined && performance.now() - since >= STABLE_MS) this.#endsInARow = 0;
    const reason = this.#whyNot;
    if (reason !== undefined && !this.#everListened) {
      this.#options.onFailed(reason);
    } else if (this.#failedStarts >= MOST_FAILED_STARTS) {
      this.#options.onFailed(
        `worker ${this.#options.number} ended ${this.#failedStarts} times before it listened: ` +
          (reason ?? `${end.signal ?? `code ${end.code}`}, the last time`),
      );
    } else {
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#endsInARow++, LONGEST_DELAY_MS);
      this.#logger.error({ ...end, reason, delayMs }, "the worker ended, and is replaced");
      this.#restart = setTimeout(() => this.#start(), delayMs);
    }
  }
}
