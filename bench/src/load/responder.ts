import { connect } from "amqplib";

/** What the program that answers requests is told first. */
export interface ResponderTask {
  readonly amqpUrl: string;
  readonly queue: string;
}

/** What it tells: once when it can be asked, and at each further message how many it has answered. */
export interface Answered {
  readonly answered: number;
}

let answered = 0;
const tell = () => process.send?.({ answered } satisfies Answered);

/** Answers each request with its own body, at once. */
async function respond({ amqpUrl, queue }: ResponderTask): Promise<void> {
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(queue, { exclusive: true, durable: false });
  await channel.consume(
    queue,
    (message) => {
      if (!message) throw new Error("the consumer was cancelled");
      const { replyTo, correlationId } = message.properties as Record<
        "replyTo" | "correlationId",
        string
      >;
      const properties = { correlationId, contentType: "application/json" };
      channel.sendToQueue(replyTo, message.content, properties);
      answered++;
    },
    { noAck: true },
  );
}

process.once("message", (task: ResponderTask) => {
  respond(task).then(
    () => {
      process.on("message", tell);
      tell();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());
