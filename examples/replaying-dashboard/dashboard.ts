/**
 * Counts and averages what sensors have measured: everything that the stream has kept, and then what comes. What
 * it knows is in a file, with the cursor of the last reading in it, so that it goes on from there when it is
 * started again, however it ended, and counts each reading once.
 *
 *     npx tsx examples/replaying-dashboard/dashboard.ts [file] [URL of the gateway]
 *
 * Streams need RabbitMQ. A reading is published to the default exchange with the routing key "readings" and a body
 * such as { json: { sensor: "kitchen", celsius: 21.5 } }.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";

const [file = "dashboard.json", url = "ws://127.0.0.1:4000/graphql"] = process.argv.slice(2);

interface Dashboard {
  cursor?: string;
  readonly sensors: Record<string, { readings: number; mean: number }>;
}

interface Replayed {
  readonly json: { readonly sensor: string; readonly celsius: number };
  readonly cursor: string;
  readonly gap: { readonly cause: string } | null;
}

const DECLARE = `mutation {
  declareQueue(input: { name: "readings", type: STREAM, maxAgeSeconds: 604800 }) { name }
}`;
const REPLAY = `subscription ($from: ReplayFrom!) {
  replay(stream: "readings", from: $from) { json cursor gap { cause } }
}`;

function load(): Dashboard {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Dashboard;
  } catch {
    return { sensors: {} };
  }
}

/** The counts and the cursor together, or neither. */
function save(dashboard: Dashboard): void {
  writeFileSync(`${file}.new`, JSON.stringify(dashboard));
  renameSync(`${file}.new`, file);
}

function add(dashboard: Dashboard, { json: { sensor, celsius }, cursor, gap }: Replayed): void {
  if (gap) console.log(`Readings are missing here: ${gap.cause}`);
  const so = (dashboard.sensors[sensor] ??= { readings: 0, mean: 0 });
  so.mean = (so.mean * so.readings + celsius) / ++so.readings;
  dashboard.cursor = cursor;
  save(dashboard);
  console.log(`${sensor}: ${so.readings} readings, ${so.mean.toFixed(1)} °C on average`);
}

const dashboard = load();
// A client that subscribed again by itself would begin where it began before; we begin at the cursor.
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });

async function follow(): Promise<void> {
  const { value } = await client.iterate({ query: DECLARE }).next();
  if (value?.errors) throw new Error(value.errors[0]?.message);
  const { cursor } = dashboard;
  const from = cursor === undefined ? { position: "FIRST" } : { cursor };
  const readings = client.iterate<{ replay: Replayed }>({ query: REPLAY, variables: { from } });
  for await (const { data, errors } of readings) {
    if (!data) throw new Error(errors?.[0]?.message);
    add(dashboard, data.replay);
  }
}

for (;;) {
  await follow().catch((error: unknown) => console.error("Interrupted", error));
  await setTimeout(500);
}
