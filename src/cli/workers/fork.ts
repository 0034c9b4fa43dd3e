import cluster from "node:cluster";

import { WORKER_COMMAND, orderVariable, type Order, type Report } from "./order.ts";

/** A worker's process as the primary sees it. */
export interface WorkerProcess {
  readonly pid?: number | undefined;
  on(event: "message", listener: (report: Report) => void): unknown;
  once(event: "exit", listener: (code: number | null, signal: string | null) => void): unknown;
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGHUP"): unknown;
}

export type Fork = (order: Order) => WorkerProcess;

/** Starts a worker: this program again, behind the same port (docs/decisions/0002-workers.md). */
export function forkWorker(order: Order): WorkerProcess {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ args: [WORKER_COMMAND] });
  return cluster.fork(orderVariable(order)).process;
}
