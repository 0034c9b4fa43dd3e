import { EventEmitter } from "node:events";

import type { WorkerProcess } from "../../../../src/cli/workers/fork.ts";
import type { Order, Report } from "../../../../src/cli/workers/order.ts";

/** A worker's process that does what a test says. */
export class ScriptedWorker extends EventEmitter implements WorkerProcess {
  readonly order: Order;
  readonly pid: number;
  readonly signals: string[] = [];
  /** What it does at a signal. */
  onSignal: (signal: string) => void = () => {};

  constructor(order: Order, pid: number) {
    super();
    this.order = order;
    this.pid = pid;
  }

  kill(signal: string): void {
    this.signals.push(signal);
    this.onSignal(signal);
  }
  report(report: Report): void {
    this.emit("message", report);
  }
  end(code: number | null, signal: string | null = null): void {
    this.emit("exit", code, signal);
  }
}

/** A fork whose workers are kept in the order in which they were started; `script` is told of each. */
export function scriptedFork(script: (worker: ScriptedWorker) => void = () => {}) {
  const workers: ScriptedWorker[] = [];
  const fork = (order: Order) => {
    const worker = new ScriptedWorker(order, 1000 + workers.length);
    workers.push(worker);
    script(worker);
    return worker;
  };
  return { fork, workers };
}
