import { join } from "node:path";
import type { BenchBroker } from "./broker.ts";
import type { Cores } from "./cores.ts";
import { startTarget } from "./start-target.ts";
import type { RunningTarget, TargetName } from "./target.ts";

/** Targets that run, started when they are first asked for. */
export class TargetPool {
  readonly #broker: BenchBroker;
  readonly #cores: Cores;
  readonly #profile: string | undefined;
  readonly #running = new Map<TargetName, RunningTarget>();

  /** CPU profiles of gateways go to `profile`/ROW/TARGET, where that is given. */
  constructor(broker: BenchBroker, cores: Cores, profile?: string) {
    this.#broker = broker;
    this.#cores = cores;
    this.#profile = profile;
  }

  /** The target as it runs for `row`. Undefined where this broker does not have it. */
  async get(name: TargetName, row: string): Promise<RunningTarget | undefined> {
    const profile = this.#profile === undefined ? undefined : join(this.#profile, row, name);
    const running =
      this.#running.get(name) ??
      (await startTarget(name, { broker: this.#broker, cores: this.#cores, profile }));
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
