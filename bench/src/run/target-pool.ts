import type { BenchBroker } from "./broker.ts";
import type { Cores } from "./cores.ts";
import { startTarget } from "./start-target.ts";
import type { RunningTarget, TargetName } from "./target.ts";

/** Targets that run, started when they are first asked for. */
export class TargetPool {
  readonly #broker: BenchBroker;
  readonly #cores: Cores;
  readonly #running = new Map<TargetName, RunningTarget>();

  constructor(broker: BenchBroker, cores: Cores) {
    this.#broker = broker;
    this.#cores = cores;
  }

  /** Undefined where this broker does not have it. */
  async get(name: TargetName): Promise<RunningTarget | undefined> {
    const running = this.#running.get(name) ?? (await startTarget(name, this.#broker, this.#cores));
    if (running) this.#running.set(name, running);
    return running;
  }

  async stop(name: TargetName): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await running?.stop();
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
  }
}
