import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answered, ResponderTask } from "./responder.ts";

/** Beside this file, compiled as it is. */
const PROGRAM = fileURLToPath(new URL("responder.js", import.meta.url));

/** The program that answers requests, in a process of its own: it is the same for whoever asks. */
export class ResponderProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it can be asked. */
  static async start(task: ResponderTask): Promise<ResponderProcess> {
    const responder = new ResponderProcess(fork(PROGRAM, { execArgv: [] }));
    await responder.#told(task);
    return responder;
  }

  /** How many requests it has answered. */
  async answered(): Promise<number> {
    const { answered } = await this.#told({});
    return answered;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }

  async #told(message: object): Promise<Answered> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      this.#child.send(message);
      const [told] = (await Promise.race([
        once(this.#child, "message", { signal }),
        once(this.#child, "exit", { signal }).then(() => {
          throw new Error("the responder ended");
        }),
      ])) as [Answered];
      return told;
    } finally {
      settled.abort();
    }
  }
}
