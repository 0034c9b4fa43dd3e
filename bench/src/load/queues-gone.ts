import { setTimeout as delay } from "node:timers/promises";

const DEADLINE_MS = 120_000;
const INTERVAL_MS = 20;

/** Resolves when the broker has no queue whose name begins with `prefix`. */
export async function queuesGone(managementUrl: string, prefix: string): Promise<void> {
  const { origin, username, password } = new URL(managementUrl);
  const credentials = Buffer.from(`${username}:${password}`).toString("base64");
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const response = await fetch(
      `${origin}/api/queues?disable_stats=true&enable_queue_totals=true`,
      {
        headers: { authorization: `Basic ${credentials}` },
      },
    );
    const queues = (await response.json()) as { name: string }[];
    const left = queues.filter(({ name }) => name.startsWith(prefix)).length;
    if (left === 0) return;
    if (performance.now() > deadline) throw new Error(`${left} queues are left`);
    await delay(INTERVAL_MS);
  }
}
