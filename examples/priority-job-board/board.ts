/**
 * A board of jobs, the most urgent first.
 *
 *     npx tsx examples/priority-job-board/board.ts post 9 "Mend the roof"
 *     npx tsx examples/priority-job-board/board.ts show
 *     npx tsx examples/priority-job-board/board.ts work Ada
 *
 * RABBITQL_URL says where the gateway is. Each job is done by one of those who work, and a job that one of them
 * leaves undone goes back to the board.
 */
import { setTimeout } from "node:timers/promises";
import { createClient } from "graphql-sse";

const url = process.env["RABBITQL_URL"] ?? "http://127.0.0.1:4000/graphql";

interface Job {
  readonly text: string;
  readonly properties: { readonly priority: number | null };
}

const DECLARE = `mutation { declareQueue(input: { name: "jobs", maxPriority: 9 }) { name } }`;
const POST = `mutation ($title: String!, $priority: Int!) {
  publish(input: {
    exchange: "", routingKey: "jobs", body: { text: $title }, properties: { priority: $priority }, mandatory: true
  }) { messageId }
}`;
const SHOW = `{ peek(queue: "jobs", limit: 50) { text properties { priority } } }`;
// With more than one in hand, an urgent job would wait behind those that are in hand already.
const TAKE = `subscription {
  deliveries(queue: "jobs", prefetch: 1) { id message { text properties { priority } } }
}`;
const DONE = "mutation ($id: ID!) { ack(deliveryIds: [$id]) }";

async function execute<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors) throw new Error(errors[0]?.message);
  return data;
}

const line = ({ text, properties }: Job) => `${properties.priority ?? 0}  ${text}`;

async function show(): Promise<void> {
  const { peek } = await execute<{ peek: Job[] }>(SHOW);
  for (const job of peek) console.log(line(job));
}

async function work(name: string): Promise<void> {
  const client = createClient({ url, retryAttempts: Infinity });
  const jobs = client.iterate<{ deliveries: { id: string; message: Job } }>({ query: TAKE });
  for await (const { data, errors } of jobs) {
    if (!data) throw new Error(errors?.[0]?.message);
    await setTimeout(50);
    await execute(DONE, { id: data.deliveries.id });
    console.log(`${name} did ${line(data.deliveries.message)}`);
  }
}

const [command, ...words] = process.argv.slice(2);
await execute(DECLARE);
if (command === "post") await execute(POST, { priority: Number(words[0]), title: words[1] });
else if (command === "show") await show();
else if (command === "work") await work(words[0] ?? "Somebody");
else throw new Error("Say post, show or work");
