import { collectDefaultMetrics, Registry } from "prom-client";

let registry: Registry | undefined;

/** Node's own metrics, collected from the first time on that somebody asks; once a process, whatever runs in it. */
export function processMetrics(): Registry {
  if (!registry) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
