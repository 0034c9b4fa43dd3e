import type { Channel, ConsumeMessage } from "amqplib";
import { benchBody } from "../wire/bench-message.ts";
import { connectToBroker } from "./broker-connection.ts";
import { serveWork } from "./serve-work.ts";

/** RabbitMQ, "Direct Reply-to": where replies come without a queue. */
const REPLIES = "amq.rabbitmq.reply-to";

/** The limit for work from queues and for requests: plain amqplib on one channel, and no clients. */
const connection = await connectToBroker();
let channel: Channel | undefined;
/** Messages acknowledged, or replies received, since what is being done was asked for. */
let done = 0;
let inFlight = 0;
let isStopping = false;
let whenIdle: (() => void) | undefined;

/** Consumes a queue, and acknowledges each message as it comes. */
async function consume({ queue, prefetch }: { queue: string; prefetch: number }) {
  const working = await open();
  await working.prefetch(prefetch);
  await working.consume(queue, (message) => {
    if (!message) throw new Error("the consumer was cancelled");
    working.ack(message);
    countOne();
  });
  return {};
}

/** Requests to a queue, so many at a time: the next of each when the last is answered. */
async function request(asked: { queue: string; inFlight: number; bodyBytes: number }) {
  const working = await open();
  const waiting = new Map<string, (reply: ConsumeMessage) => void>();
  let correlationIds = 0;
  await working.consume(
    REPLIES,
    (reply) => {
      if (!reply) throw new Error("the consumer was cancelled");
      const { correlationId } = reply.properties as { correlationId: string };
      const answered = waiting.get(correlationId);
      if (!answered) throw new Error(`a reply came twice, or unasked: ${correlationId}`);
      waiting.delete(correlationId);
      answered(reply);
    },
    { noAck: true },
  );
  const ask = (body: Buffer) => {
    const correlationId = String(correlationIds++);
    waiting.set(correlationId, ({ content }) => {
      if (!content.equals(body)) throw new Error("a reply is another request's");
      countOne();
      if (!isStopping) ask(body);
      else if (--inFlight === 0) whenIdle?.();
    });
    const properties = { contentType: "application/json", replyTo: REPLIES, correlationId };
    working.sendToQueue(asked.queue, body, properties);
  };
  inFlight = asked.inFlight;
  for (let place = 0; place < asked.inFlight; place++) ask(benchBody(asked.bodyBytes, place));
  return {};
}

async function open(): Promise<Channel> {
  isStopping = false;
  done = 0;
  return (channel = await connection.createChannel());
}

function countOne(): void {
  done++;
  tellOne();
}

/** Resolves when what was asked has been answered and nothing is consumed any more, to how much was done. */
async function stop() {
  isStopping = true;
  if (inFlight > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
  await channel?.close();
  return { done };
}

const tellOne = serveWork({ "/consume": consume, "/request": request, "/stop": stop });
