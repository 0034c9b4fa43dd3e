import { createClient, type Client, type ClientOptions } from "graphql-ws";

/** A request as the responder sees it. */
export interface Request {
  readonly json: unknown;
  readonly headers: Record<string, unknown>;
}

interface Delivered {
  readonly id: string;
  readonly message: Request & {
    readonly properties: { readonly replyTo: string | null; readonly correlationId: string | null };
  };
}

const REQUESTS = `subscription ($queue: String!) {
  deliveries(queue: $queue) { id message { json headers properties { replyTo correlationId } } }
}`;

const REPLY = `mutation ($input: PublishInput!, $ids: [ID!]!) {
  publish(input: $input) { messageId }
  ack(deliveryIds: $ids)
}`;

const NO_ANSWER = `mutation ($ids: [ID!]!) { nack(deliveryIds: $ids) }`;

/**
 * Answers the requests in a queue, with what `answer` makes of them, until it is disposed of. A reply goes through the
 * default exchange to the address in `replyTo`, with the request's `correlationId`. The request is acknowledged after
 * its reply, so that it is answered by another responder where this one goes in between; what cannot be
 * answered is dead-lettered.
 */
export function createResponder(
  connection: ClientOptions,
  queue: string,
  answer: (request: Request) => Promise<unknown>,
): Client {
  const client = createClient({ lazy: false, retryAttempts: Infinity, ...connection });

  const execute = (query: string, variables: Record<string, unknown>) =>
    client.iterate({ query, variables }).next();

  const respond = async ({ id, message }: Delivered): Promise<void> => {
    const { replyTo, correlationId } = message.properties;
    try {
      if (replyTo === null) throw new Error("Nobody waits for a reply");
      const json = await answer(message);
      const properties = { correlationId, persistent: false };
      const input = { exchange: "", routingKey: replyTo, body: { json }, properties };
      await execute(REPLY, { input, ids: [id] });
    } catch {
      await execute(NO_ANSWER, { ids: [id] });
    }
  };

  client.subscribe<{ deliveries: Delivered }>(
    { query: REQUESTS, variables: { queue } },
    {
      next: ({ data }) => data && void respond(data.deliveries),
      error: () => void client.dispose(),
      complete: () => {},
    },
  );
  return client;
}
