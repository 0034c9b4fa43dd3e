import * as fc from "fast-check";
import {
  assertObjectType,
  execute,
  getOperationAST,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from "graphql";
import { describe, expect, test } from "vitest";
import {
  FieldDecimal,
  FieldDouble,
  FieldTimestamp,
  fieldTable,
} from "../../../../src/broker/field-table.ts";
import type { IncomingMessage } from "../../../../src/broker/message.ts";
import type { FeedEvent, Gap } from "../../../../src/feed/feed-event.ts";
import { schema } from "../../../../src/schema/schema.ts";
import { eventExecution } from "../../../../src/server/plan/event-execution.ts";
import { compileEventPlan } from "../../../../src/server/plan/event-plan.ts";
import { compileResultPlan } from "../../../../src/server/plan/result-plan.ts";
import { jsonTexts } from "../../broker/json-texts.ts";
import { TestMessage } from "../../../harness/test-message.ts";
import { FLAG_VALUES, FLAGS, selections } from "../fan-out/selections.ts";

const HEADER = `($${FLAGS[0]}: Boolean!, $${FLAGS[1]}: Boolean!, $name: String! = "amq.topic")`;

describe("a plan gives the text that graphql-js gives", () => {
  test("for messages, whatever is selected and whatever the message holds", () => {
    const below = selections(schema, assertObjectType(schema.getType("Message")));
    const document = below.map(
      (text) => `subscription S${HEADER} { messages(exchange: $name) ${text} }`,
    );
    const events = fc.record({ message: messages, gap: fc.option(gaps, { nil: undefined }) });
    fc.assert(fc.property(document, events, sameAsGraphQLJs), { numRuns: 100 });
  }, 60_000);

  test("for feeds, whatever is told", () => {
    const below = selections(schema, feedEventType());
    const document = below.map(
      (text) => `subscription S${HEADER} { told: feed(exchange: $name) ${text} }`,
    );
    fc.assert(fc.property(document, feedEvents, sameAsGraphQLJs), { numRuns: 100 });
  }, 60_000);
});

describe("a plan for one subscriber gives what graphql-js gives", () => {
  test("for deliveries, whatever is selected and whatever the message holds", () => {
    const below = selections(schema, assertObjectType(schema.getType("Delivery")));
    const document = below.map(
      (text) => `subscription S${HEADER} { work: deliveries(queue: $name) ${text} }`,
    );
    fc.assert(fc.property(document, deliveries, executedAsByGraphQLJs), { numRuns: 100 });
  }, 60_000);

  test("where the event ends in an error", async () => {
    const text = "subscription { deliveries(queue: $q) { id message { json routingKey } } }";
    const document = parse(text.replace("subscription", "subscription ($q: String!)"));
    const definition = assertOperation(document);
    const body = Buffer.from("[".repeat(100_000) + "]".repeat(100_000));
    const event = { id: "1", queue: "q", attempt: 1, message: new TestMessage({ body }) };
    const args = { schema, document, contextValue: {}, variableValues: { q: "q" } };
    const result = await eventExecution(args, definition)(event);
    expect(result.errors).toMatchObject([
      { path: ["deliveries", "message", "json"], originalError: { code: "LIMIT_EXCEEDED" } },
    ]);
    expect(result).toEqual(execute({ ...args, rootValue: event }));
  });

  test("what is not of the event alone, or several types in one, is left to graphql-js", () => {
    for (const text of [
      "subscription { broker { state } }",
      'subscription { feed(exchange: "amq.topic") { ... on Live { since } } }',
    ]) {
      const document = parse(text);
      expect(validate(schema, document)).toEqual([]);
      expect(compileResultPlan(schema, document, assertOperation(document), {})).toBeUndefined();
    }
  });
});

function executedAsByGraphQLJs(text: string, event: unknown): void {
  const document = parse(text);
  fc.pre(validate(schema, document).length === 0);
  const variables = { ...FLAG_VALUES, name: "amq.topic" };
  const plan = compileResultPlan(schema, document, assertOperation(document), variables);
  if (!plan) throw new Error("every field of a delivery has a plan");
  const expected = execute({
    schema,
    document,
    rootValue: event,
    contextValue: {},
    variableValues: FLAG_VALUES,
  });
  expect(JSON.stringify(plan(event))).toBe(JSON.stringify(expected));
}

function assertOperation(document: DocumentNode): OperationDefinitionNode {
  const definition = getOperationAST(document);
  if (!definition) throw new Error("the document has one operation");
  return definition;
}

function feedEventType() {
  const type = schema.getType("FeedEvent");
  if (!type || !("getTypes" in type)) throw new Error("FeedEvent is a union");
  return type;
}

function sameAsGraphQLJs(text: string, event: unknown): void {
  const document = parse(text);
  fc.pre(validate(schema, document).length === 0);
  const plan = compileEventPlan(schema, document, "S", { ...FLAG_VALUES, name: "amq.topic" });
  const expected = execute({
    schema,
    document,
    rootValue: event,
    contextValue: {},
    variableValues: FLAG_VALUES,
  }) as ExecutionResult;
  if (!plan) throw new Error("every field of the schema's feeds has a plan");
  expect(expected.errors).toBeUndefined();
  expect(plan(event)).toBe(JSON.stringify(expected));
}

const instants = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });

const bodies = fc.oneof(
  jsonTexts.map((text) => Buffer.from(text)),
  fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
);

const headers = fc
  .dictionary(
    fc.string(),
    fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constant(new FieldTimestamp(1_700_000_000)),
      fc.constant(new FieldDecimal(1234, 2)),
      fc.constant(new FieldDouble(Number.NaN)),
      fc.uint8Array({ maxLength: 5 }),
      fc.array(fc.integer(), { maxLength: 3 }),
      fc.constant(fieldTable({ nested: fieldTable({ deep: "yes" }) })),
    ),
    { maxKeys: 4 },
  )
  .map((entries) => fieldTable(entries));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const messages: fc.Arbitrary<IncomingMessage> = fc
  .record({
    routingKey: fc.string(),
    body: bodies,
    headers,
    properties: fc.record({
      persistent: fc.boolean(),
      contentType: optional(fc.string()),
      priority: optional(fc.integer({ min: 0, max: 255 })),
      messageId: optional(fc.string()),
      timestamp: optional(instants),
      expirationMs: optional(fc.integer({ min: 0, max: 4_294_967_295 })),
    }),
    redelivered: fc.boolean(),
    receivedAt: instants,
  })
  .map((parts) => new TestMessage(parts));

const deliveries = fc.record({
  id: fc.string(),
  queue: fc.string(),
  attempt: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  message: messages,
});

const gaps: fc.Arbitrary<Gap> = fc
  .record({
    cause: fc.constantFrom("reconnected", "queue-deleted", "slow-consumer"),
    from: instants,
    until: instants,
    dropped: fc.option(fc.nat(), { nil: undefined }),
  })
  .map(({ dropped, ...gap }) => (dropped === undefined ? gap : { ...gap, dropped }));

const feedEvents: fc.Arbitrary<FeedEvent> = fc.oneof(
  instants.map((since) => ({ kind: "live" as const, since })),
  messages.map((message) => ({ kind: "message" as const, message })),
  gaps.map((gap) => ({ kind: "gap" as const, gap })),
);
