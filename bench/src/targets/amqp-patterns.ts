import { connectToBroker } from "./broker-connection.ts";
import { serveWork } from "./serve-work.ts";

/** The limit for many patterns: plain amqplib, a queue a pattern on one channel, and no clients. */
const connection = await connectToBroker();
const channel = await connection.createChannel();
let consumerTags: string[] = [];

/** A queue of its own with one binding, consumed. All that can be is sent without waiting. */
async function consume(exchange: string, pattern: string, name: string): Promise<string> {
  const queue = `bench.patterns.${name}`;
  const [, , { consumerTag }] = await Promise.all([
    channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false }),
    channel.bindQueue(queue, exchange, pattern),
    channel.consume(queue, received, { noAck: true }),
  ]);
  return consumerTag;
}

/** What the load asks for; `patterns` to set up, the rest to churn. */
interface Asked {
  readonly exchange: string;
  readonly patterns: readonly string[];
  readonly churning: number;
  readonly measureMs: number;
}

async function setUp({ exchange, patterns }: Asked) {
  const start = performance.now();
  consumerTags = await Promise.all(
    patterns.map((pattern, place) => consume(exchange, pattern, `set-up-${place}`)),
  );
  return { setUpMs: performance.now() - start };
}

async function tearDown() {
  await Promise.all(consumerTags.map((tag) => channel.cancel(tag)));
  return {};
}

async function churn({ exchange, churning, measureMs }: Asked) {
  const start = performance.now();
  let cycles = 0;
  const comeAndGo = async (name: string) => {
    for (let time = 0; performance.now() < start + measureMs; time++) {
      const tag = await consume(exchange, `${name}.${time}`, `${name}.${time}`);
      await channel.cancel(tag);
      cycles++;
    }
  };
  await Promise.all(Array.from({ length: churning }, (_, place) => comeAndGo(`churn${place}`)));
  return { cyclesPerSecond: (cycles * 1000) / (performance.now() - start) };
}

const received = serveWork({ "/set-up": setUp, "/tear-down": tearDown, "/churn": churn });
