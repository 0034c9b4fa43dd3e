import { setImmediate as nextTurn } from "node:timers/promises";

/** Queries and mutations under way, over whatever transport, so that stopping can wait for their answers. */
export class RunningOperations {
  #count = 0;
  #whenIdle: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** Counts an operation from now until the returned function is called. */
  begin(): () => void {
    this.#count++;
    let running = true;
    return () => {
      if (running) this.#ended();
      running = false;
    };
  }

  /** Runs `operation`, and counts it until it has its outcome. */
  track<T>(operation: () => T | Promise<T>): T | Promise<T> {
    const end = this.begin();
    let running: T | Promise<T>;
    try {
      running = operation();
    } catch (error) {
      end();
      throw error;
    }
    if (running instanceof Promise) return running.finally(end);
    end();
    return running;
  }

  /** Resolves a turn after the last has ended, when what it answered has been handed to its socket. */
  async idle(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await nextTurn();
  }

  #ended(): void {
    this.#count--;
    if (this.#count === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
