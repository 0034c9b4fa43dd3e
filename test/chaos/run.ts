import { setTimeout as wait } from "node:timers/promises";
import { Books, expectBalanced } from "../harness/books.ts";
import { drainQueue } from "../harness/drain-queue.ts";
import { eventually } from "../harness/eventually.ts";
import { expectBackAt, readingInWords } from "../harness/process-baseline.ts";
import { FAULTS } from "./faults.ts";
import { Load } from "./load.ts";
import { scheduleOf, type Step } from "./schedule.ts";
import { makeWorld, QUEUES, type World } from "./world.ts";

export interface ChaosOptions {
  readonly seed: number;
  /** How long faults go on, in milliseconds. A step that has begun is ended. */
  readonly ms: number;
  readonly print: (line: string) => void;
  /** Called with what the gateway logs. */
  readonly onLog?: (text: string) => void;
}

const KIB = 1_024;
const MIB = 1_048_576;

/** After a fault is over everything works again within this, in milliseconds, or never will. */
const BACK_WITHIN_MS = 60_000;

/** How long a message may be on its way to a subscriber in the networks of this run, in milliseconds. */
const SLACK_MS = 2_000;

/** Outcomes of publishes are remembered, up to so many, and cost so much each (src/broker/publish-outcomes.ts). */
const [REMEMBERED, REMEMBERED_BYTES] = [50_000, KIB];

/**
 * Faults in the order of the seed against publishers and subscribers, then the books, and what the gateway
 * holds compared with what it held before. Resolves with what contradicts the promises, in words.
 */
export async function runChaos({ seed, ms, print, onLog }: ChaosOptions): Promise<string[]> {
  const world = await makeWorld(onLog);
  try {
    const died = world.gateway.ended.then((code) => {
      throw new Error(`The gateway ended with ${code}. It said:\n${world.gateway.log}`);
    });
    // It ends when the run is over, too.
    died.catch(() => {});
    const problems = await Promise.race([died, run(world, { seed, ms, print })]);
    world.gateway.signal("SIGTERM");
    const code = await world.gateway.ended;
    return code === 0 ? problems : [...problems, `the gateway ended with ${code}, and not with 0`];
  } finally {
    await world.close();
  }
}

async function run(world: World, { seed, ms, print }: ChaosOptions): Promise<string[]> {
  const startedAt = performance.now();
  const say = (line: string) =>
    print(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
  const books = QUEUES.map(({ queue }) => new Books(queue));

  const first = await Load.start(world, "first-", books);
  for (let time = 0; time < 20; time++) await first.flows();
  await first.stop();
  const before = await settled(world);
  say(`before: ${readingInWords(before)}`);

  const load = await Load.start(world, "", books);
  const endsAt = performance.now() + ms;
  let longestBackMs = 0;
  for (const step of scheduleOf(seed)) {
    if (performance.now() >= endsAt) break;
    say(`${step.faults.join(" + ")}, for ${step.holdMs} ms`);
    await fault(world, step);
    if (!step.waits) continue;
    const backMs = await back(load);
    longestBackMs = Math.max(longestBackMs, backMs);
    say(`  back ${backMs} ms after its end`);
  }
  say(`the last is over; back after ${await back(load)} ms`);
  await load.stop();

  const problems = [...first.problems(0), ...load.problems(SLACK_MS)];
  for (const book of books) {
    for (const id of await drainQueue(world.rabbitMq.amqpUrl, book.name)) book.received(id);
    problems.push(...complaint(() => expectBalanced(book)));
  }
  for (const line of load.summary) say(line);
  say(`longest time from the end of a fault until all works: ${longestBackMs} ms`);

  const published = books[0]?.balance.attempted ?? 0;
  const remembered = Math.min(REMEMBERED, published) * REMEMBERED_BYTES;
  const allowed = { memoryBytes: 8 * MIB + remembered, rssBytes: 64 * MIB + remembered };
  try {
    const after = await eventually(
      async () => {
        const reading = await settled(world);
        expectBackAt(before, reading, allowed);
        return reading;
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    );
    say(`after:  ${readingInWords(after)}`);
  } catch (error) {
    say(`after:  ${readingInWords(await settled(world))}`);
    problems.push(String(error));
  }
  problems.push(...world.gateway.complaints);
  return problems;
}

/** Begins the faults of a step, lets them last, and ends them in reverse. */
async function fault(world: World, { faults, holdMs }: Step): Promise<void> {
  const ends: (() => Promise<void> | void)[] = [];
  for (const name of faults) {
    const begin = FAULTS[name];
    if (!begin) throw new Error(`There is no fault "${name}"`);
    ends.push(await begin(world));
  }
  await wait(holdMs);
  for (const end of ends.toReversed()) await end();
}

/** How long it takes until everything works, in milliseconds. Rejects where it does not. */
async function back(load: Load): Promise<number> {
  const from = performance.now();
  const late = new AbortController();
  const never = wait(BACK_WITHIN_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`Not everything works ${BACK_WITHIN_MS} ms after a fault: ${load.progress}`);
  });
  try {
    await Promise.race([load.flows(), never]);
  } finally {
    late.abort();
    never.catch(() => {});
  }
  return Math.round(performance.now() - from);
}

/** What the gateway holds when nobody uses it: its subscription queues are gone, and so are its clients. */
async function settled({ gateway, topology, toGateway }: World) {
  toGateway.cut();
  await eventually(
    async () => {
      const left = (await topology.queues()).filter(({ name }) => name.startsWith("gql."));
      if (left.length > 0) throw new Error(`${left.length} queues are left`);
    },
    { timeoutMs: 10_000, intervalMs: 100 },
  );
  return await gateway.read();
}

function complaint(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [String(error)];
  }
}
