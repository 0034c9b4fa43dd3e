/** Lets one wait for a condition that events bring about, and fail where one of them is a failure. */
export class Progress {
  #failure: Error | undefined;
  readonly #waiting = new Set<() => void>();

  /** Something has changed. */
  made(): void {
    for (const wake of this.#waiting) wake();
  }

  fail(why: Error): void {
    this.#failure ??= why;
    this.made();
  }

  /** Throws the first failure there was. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Resolves when `condition` holds; rejects at a failure, and with what `otherwise` says after `timeoutMs`. */
  async until(condition: () => boolean, timeoutMs: number, otherwise: () => string): Promise<void> {
    if (!(await this.within(timeoutMs, condition)))
      throw new Error(`after ${timeoutMs} ms ${otherwise()}`);
  }

  /** Resolves when `condition` holds, or to false after `timeoutMs`; rejects at a failure. */
  async within(timeoutMs: number, condition: () => boolean): Promise<boolean> {
    const done = () => this.#failure !== undefined || condition();
    const inTime = done() || (await this.#wait(timeoutMs, done));
    this.check();
    return inTime;
  }

  #wait(timeoutMs: number, done: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (inTime: boolean) => {
        clearTimeout(overdue);
        this.#waiting.delete(wake);
        resolve(inTime);
      };
      const wake = () => {
        if (done()) settle(true);
      };
      const overdue = setTimeout(() => settle(false), timeoutMs);
      this.#waiting.add(wake);
    });
  }
}
