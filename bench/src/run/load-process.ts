import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { TaskAnswer, TaskName, TaskRequest, Tasks } from "../load/tasks.ts";
import { program } from "./places.ts";

/** The process that makes the load and counts what arrives. */
export class LoadProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(program("load/main.js"), { execArgv: [] });
  }

  async run<Name extends TaskName>(
    name: Name,
    task: Tasks[Name]["task"],
  ): Promise<Tasks[Name]["result"]> {
    const request: TaskRequest<Name> = { name, task };
    this.#child.send(request);
    const answered = new AbortController();
    const ended = once(this.#child, "exit", answered).then(() => {
      throw new Error("the load's process ended");
    });
    try {
      const [answer] = (await Promise.race([once(this.#child, "message", answered), ended])) as [
        TaskAnswer,
      ];
      if ("error" in answer) throw new Error(answer.error);
      return answer.result as Tasks[Name]["result"];
    } finally {
      answered.abort();
      await ended.catch(() => {});
    }
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
