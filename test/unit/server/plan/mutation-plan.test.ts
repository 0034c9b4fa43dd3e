import * as fc from "fast-check";
import { execute, parse, validate, type ExecutionResult } from "graphql";
import { describe, expect, test } from "vitest";
import { Broker } from "../../../../src/broker/broker.ts";
import type { IncomingMessage, OutgoingMessage } from "../../../../src/broker/message.ts";
import { resolveConfig } from "../../../../src/config/config.ts";
import { CodedError } from "../../../../src/errors.ts";
import { schema } from "../../../../src/schema/schema.ts";
import { DocumentRules } from "../../../../src/server/documents/document-rules.ts";
import { Documents } from "../../../../src/server/documents/documents.ts";
import { NotPlanned } from "../../../../src/server/plan/not-planned.ts";
import { maskError } from "../../../../src/server/mask-error.ts";
import { DeadLetters } from "../../../../src/work/dead-letters.ts";
import { TestMessage } from "../../../harness/test-message.ts";
import { ScriptedAdapter } from "../../../harness/scripted-adapter.ts";
import { METRICS, QUIET, scriptedFanOut } from "../fan-out/scripted-fan-out.ts";

// No publish is remembered, which would take longer to make room for than the publish.
const CONFIG = resolveConfig({ publishRetryWindowMs: 0 });
const RULES = new DocumentRules(schema, CONFIG);
/** Of whatever these mutations have nothing to do with: made once, since that takes longer than a mutation. */
const CONTEXT = scriptedFanOut().context;

/** Takes every message, routes what has a routing key, and refuses what goes to "nowhere". */
class TakingAdapter extends ScriptedAdapter {
  readonly taken: OutgoingMessage[] = [];

  override publish = async (message: OutgoingMessage): Promise<{ routed: boolean }> => {
    this.taken.push(message);
    if (message.exchange === "nowhere") throw new CodedError("NOT_FOUND", "There is none");
    if (message.exchange === "broken") throw new TypeError("a bug");
    return { routed: message.routingKey !== "" };
  };
}

interface Outcome {
  readonly result: unknown;
  readonly taken: readonly unknown[];
}

type Context = ReturnType<typeof contextOver>;
type Execute = (context: Context) => ExecutionResult | Promise<ExecutionResult>;

/** Answers every request with the same. */
class ReplyingAdapter extends ScriptedAdapter {
  readonly #reply: IncomingMessage;

  constructor(reply: IncomingMessage) {
    super();
    this.#reply = reply;
  }

  override request = () => Promise.resolve(this.#reply);
}

function unlessNotPlanned<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof NotPlanned) return undefined;
    throw error;
  }
}

function contextOver(adapter: ScriptedAdapter) {
  const broker = new Broker(adapter, CONFIG, { logger: QUIET, metrics: METRICS });
  const deadLetters = new DeadLetters(broker, CONFIG, CONTEXT.deliveries.attempts);
  return { ...CONTEXT, broker, deadLetters, maxBatchSize: 3 };
}

/** What is answered, and what was published; ids and times that were made up count as such. */
async function outcomeOf(run: Execute): Promise<Outcome> {
  const adapter = new TakingAdapter();
  const result = await run(contextOver(adapter));
  // The order of errors is the order in which they happen, which the specification leaves open.
  const told = {
    ...result,
    errors: result.errors
      ?.map((error) => maskError(error, QUIET))
      .toSorted((a, b) => String(a.path).localeCompare(String(b.path))),
  };
  return {
    result: comparable(told),
    taken: adapter.taken.map((message) => comparable(withoutNow(message))),
  };
}

function comparable(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(/"[0-9A-HJKMNP-TV-Z]{26}"/g, '"made up"');
  return JSON.parse(text);
}

function withoutNow({ properties, ...message }: OutgoingMessage) {
  const { timestamp, ...others } = properties;
  return { ...message, properties: others, given: (timestamp?.getTime() ?? 0) < 1e12 };
}

function preparedOf(query: string) {
  const operations = new Documents(schema, RULES, 1).operations(query);
  const [prepared] = "errors" in operations ? [] : operations;
  if (!prepared) throw new Error(`${query} is not valid`);
  return prepared;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: fc.constant(null) }), {
    nil: undefined,
  });
/** `right` nearly always; else what does not fit, or may not. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 25, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue() });

const bodies = fc.oneof(
  fc.record({ json: fc.jsonValue() }),
  fc.record({ text: mostly(fc.string()) }),
  fc.record({ base64: mostly(fc.base64String()) }),
  fc.record({ text: fc.string(), json: fc.jsonValue() }),
);
const properties = fc.record(
  {
    contentType: mostly(fc.string()),
    persistent: mostly(fc.boolean()),
    priority: mostly(fc.nat(300)),
    messageId: mostly(fc.constantFrom("a", "b")),
    timestamp: mostly(fc.constantFrom("2001-01-31T12:00:00Z", "2001-02-30T12:00:00Z")),
    expirationMs: mostly(fc.integer()),
  },
  { requiredKeys: [] },
);
const inputs = mostly(
  fc
    .record({
      exchange: mostly(fc.constantFrom("amq.topic", "nowhere", "broken", "")),
      routingKey: maybe(mostly(fc.constantFrom("", "a.b"))),
      body: mostly(bodies),
      headers: maybe(mostly(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }))),
      properties: maybe(properties),
      mandatory: maybe(mostly(fc.boolean())),
      unknown: fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, fc.constant(1)),
    })
    .map((input) => JSON.parse(JSON.stringify(input)) as unknown),
);

const FIELDS = ["messageId", "routed", "again: routed", "__typename", "exchange", "...R"];
const selected = fc
  .subarray(FIELDS, { minLength: 1 })
  .map((fields) => `{ ${fields.join(" ")} ... { persistent } }`);
const FRAGMENT = "fragment R on PublishReceipt { routingKey exchange }";
const withFragment = (text: string) => (text.includes("...R") ? `${text} ${FRAGMENT}` : text);

const one = fc
  .record({ input: fc.option(inputs, { nil: undefined, freq: 30 }), selection: selected })
  .map(({ input, selection }) => ({
    query: `mutation ($input: PublishInput!) { done: publish(input: $input) ${selection} }`,
    variables: input === undefined ? {} : { input },
  }));
const parts = fc
  .record({
    exchange: mostly(fc.constantFrom("amq.topic", "nowhere")),
    json: fc.option(fc.jsonValue(), { nil: undefined }),
    key: fc.option(mostly(fc.string()), { nil: undefined }),
    selection: selected,
  })
  .map(({ selection, ...variables }) => ({
    query: `mutation ($exchange: String!, $json: JSON = {a: [1, "b"]}, $key: String) {
      publish(input: {exchange: $exchange, routingKey: $key, body: {json: $json}}) ${selection} }`,
    variables: JSON.parse(JSON.stringify(variables)) as Record<string, unknown>,
  }));
const batch = fc
  .record({ inputs: mostly(fc.array(inputs, { maxLength: 4 })), selection: selected })
  .map(({ inputs: given, selection }) => ({
    query: `mutation ($inputs: [PublishInput!]!) { publishBatch(inputs: $inputs) ${selection} }`,
    variables: { inputs: given },
  }));

describe("a plan does what graphql-js does", () => {
  test.for([
    ["publish of one variable", one],
    ["publish of several variables", parts],
    ["publishBatch", batch],
  ] as const)("%s", { timeout: 60_000 }, async ([, asked]) => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(asked, async ({ query, variables }) => {
        const { document, plan } = preparedOf(withFragment(query));
        if (!plan) throw new Error("it has a plan");
        const byGraphQLJs = (contextValue: Context) =>
          execute({ schema, document, variableValues: variables, contextValue });
        const expected = await outcomeOf(byGraphQLJs);
        const actual = await outcomeOf((context) => {
          const result = unlessNotPlanned(() => plan(variables, context));
          if (result) planned++;
          // What does not fit is graphql-js's to tell, if nothing has happened before.
          return result ?? byGraphQLJs(context);
        });
        expect(actual).toEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect(planned).toBeGreaterThan(100);
  });
});

test.for([
  ["that may be null is null, and its neighbours are not", "{ json text }"],
  ["under another name", "{ a: json b: size }"],
] as const)("a leaf that fails %s", async ([, selection]) => {
  const query = `mutation { reply: request(input: {exchange: "", body: {text: ""}}) ${selection} }`;
  const { document, plan } = preparedOf(query);
  const body = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const contextValue = contextOver(new ReplyingAdapter(new TestMessage({ body })));
  const expected = await execute({ schema, document, contextValue });
  expect(expected.errors).toMatchObject([{ path: ["reply", expect.stringMatching(/^(json|a)$/)] }]);
  expect(comparable(await plan?.({}, contextValue))).toEqual(comparable(expected));
});

const PUBLISH = 'publish(input: {exchange: "", body: {text: ""}}) { routed }';

test.for<[string, string]>([
  ["a query", "{ broker { kind } }"],
  ["a subscription", 'subscription { messages(exchange: "a") { text } }'],
  ["two mutations", `mutation { a: ${PUBLISH} b: ${PUBLISH} }`],
  [
    "a directive",
    `mutation ($a: Boolean!) { ${PUBLISH.replace("routed", "routed @skip(if: $a)")} }`,
  ],
  [
    "a name that an object takes for its prototype's",
    `mutation { ${PUBLISH.replace("routed", "__proto__: routed")} }`,
  ],
  ["no field at all", "mutation { __typename }"],
  [
    "a result of more than leaves",
    'mutation { declareExchange(input: {name: "a", type: TOPIC}) { name } }',
  ],
])("there is no plan for %s", ([, query]) => {
  expect(validate(schema, parse(query))).toEqual([]);
  expect(preparedOf(query).plan).toBeUndefined();
});
