import type { Random } from "../harness/random.ts";

/** Where the fuzzer's own operations publish and listen; nobody else does. */
export const FUZZED_EXCHANGE = "fuzzed";

const FEED = `subscription ($exchange: String!) { feed(exchange: $exchange) { kind: __typename ... on Message { json } } }`;
const PUBLISH = `mutation ($input: PublishInput!) { publish(input: $input) { routed } }`;
const QUERY = `{ broker { kind state } }`;

/** A message of the graphql-transport-ws protocol, as a client that does nothing wrong sends it. */
export type ClientMessage = Readonly<Record<string, unknown>>;

/** What a client of the protocol says from its first message to its last: right in every way. */
export function conversation(random: Random): ClientMessage[] {
  const messages: ClientMessage[] = [{ type: "connection_init", payload: {} }];
  const open: string[] = [];
  for (let left = random.between(1, 12); left > 0; left--)
    messages.push(nextMessage(random, `op-${messages.length}`, open));
  return messages;
}

function nextMessage(random: Random, id: string, open: string[]): ClientMessage {
  const finished = open.length > 0 && random.chance(0.3) ? open.pop() : undefined;
  if (finished !== undefined) return { type: "complete", id: finished };
  return random.pick([
    () => ({ type: "ping", payload: { at: random.between(0, 1e9) } }),
    () => ({ type: "pong" }),
    () => subscribe(id, QUERY, {}),
    () => subscribe(id, PUBLISH, { input: { exchange: FUZZED_EXCHANGE, body: { json: id } } }),
    () => {
      open.push(id);
      return subscribe(id, FEED, { exchange: FUZZED_EXCHANGE });
    },
  ])();
}

function subscribe(id: string, query: string, variables: object): ClientMessage {
  return { type: "subscribe", id, payload: { query, variables } };
}
