import type { Config } from "../../config/config.ts";

/** The hidden command that a worker's process runs. */
export const WORKER_COMMAND = "worker";

/** What the primary process wants of a worker; its settings have been checked once, by the primary. */
export interface Order {
  /** From 1; the worker that replaces one has its number. */
  readonly number: number;
  readonly config: Config;
}

/** What a worker tells the primary: where it listens, or in one line why it could not start. */
export type Report = { readonly listening: string } | { readonly failed: string };

const VARIABLE = "RABBITQL_WORKER_ORDER";

/** An order as a part of a worker's environment. */
export function orderVariable(order: Order): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(order) };
}

/** The order in an environment, which it is taken out of: it may hold a password, and is nobody else's. */
export function takeOrder(env: NodeJS.ProcessEnv): Order {
  const text = env[VARIABLE];
  delete env[VARIABLE];
  if (text === undefined)
    throw new Error(`${WORKER_COMMAND} is what --workers starts, and no command to give`);
  return JSON.parse(text) as Order;
}
