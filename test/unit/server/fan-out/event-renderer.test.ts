import * as fc from "fast-check";
import {
  assertCompositeType,
  buildSchema,
  execute,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFieldConfig,
} from "graphql";
import { describe, expect, test } from "vitest";
import { SOURCE_ALONE } from "../../../../src/schema/source-alone.ts";
import { compileEventPlan } from "../../../../src/server/plan/event-plan.ts";
import { EventRenderer } from "../../../../src/server/fan-out/event-renderer.ts";
import { maskError } from "../../../../src/server/mask-error.ts";
import { QUIET } from "./scripted-fan-out.ts";
import { FLAG_VALUES, FLAGS, selections } from "./selections.ts";
import { sources, troubledSchema } from "./troubled-schema.ts";

const HEADER = FLAGS.map((flag) => `$${flag}: Boolean!`).join(", ");

describe("an event is rendered as graphql-js would answer it, errors and all", () => {
  test.for([
    ["may", "Node"],
    ["must", "Node"],
    ["any", "Any"],
  ] as const)("at the root field %s", { timeout: 30_000 }, ([field, type]) => {
    const below = selections(troubledSchema, assertCompositeType(troubledSchema.getType(type)), 3);
    const outcomes = { data: 0, errors: 0 };
    fc.assert(
      fc.property(below, sources, (text, event) => {
        const document = parse(`subscription (${HEADER}) { told: ${field} ${text} }`);
        fc.pre(validate(troubledSchema, document).length === 0);
        const operation = {
          schema: troubledSchema,
          document,
          variables: FLAG_VALUES,
          coercedVariables: FLAG_VALUES,
        };
        const expected = executed(document, event);
        expect(EventRenderer.of(operation, QUIET)?.render(event)).toBe(JSON.stringify(expected));
        outcomes[expected.errors ? "errors" : "data"]++;
      }),
      { numRuns: 60 },
    );
    expect(Math.min(outcomes.data, outcomes.errors)).toBeGreaterThan(2);
  });
});

test("what graphql-js itself gives up at is an error of the operation's", () => {
  const later = new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: { none: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType({
      name: "Subscription",
      fields: { text: { type: GraphQLString, resolve: () => Promise.resolve("late") } },
    }),
  });
  const operation = {
    schema: later,
    document: parse("subscription { text }"),
    variables: {},
    coercedVariables: {},
  };
  expect(JSON.parse(EventRenderer.of(operation, QUIET)?.render({}) ?? "")).toEqual({
    errors: [
      {
        message: "The gateway failed; its log says why",
        extensions: { code: "INTERNAL_SERVER_ERROR" },
      },
    ],
    data: null,
  });
});

describe("there is no plan for", () => {
  test("a type that is not said to be resolved from its source alone", () => {
    expect(planOf({ type: objectType({}) }, "{ text }")).toBeUndefined();
    expect(planOf({ type: objectType({ extensions: SOURCE_ALONE }) }, "{ text }")).toBeDefined();
  });

  test("a resolver that takes arguments or the context", () => {
    const fields = { text: { type: GraphQLString, resolve: takesArguments } };
    expect(
      planOf({ type: objectType({ extensions: SOURCE_ALONE, fields }) }, "{ text }"),
    ).toBeUndefined();
  });

  test("a type that tells itself by the context", () => {
    expect(
      planOf({ type: objectType({ extensions: SOURCE_ALONE, isTypeOf: always }) }, "{ text }"),
    ).toBeUndefined();
  });

  test("a list", () => {
    expect(planOf({ type: new GraphQLList(GraphQLString) })).toBeUndefined();
  });

  test("a schema without subscriptions, or an operation that is not there", () => {
    const document = parse("subscription { told }");
    expect(
      compileEventPlan(buildSchema("type Query { a: Int }"), document, null, {}),
    ).toBeUndefined();
    expect(compileEventPlan(troubledSchema, document, "Other", {})).toBeUndefined();
  });
});

function executed(document: DocumentNode, event: unknown): ExecutionResult {
  const result = execute({
    schema: troubledSchema,
    document,
    rootValue: event,
    contextValue: {},
    variableValues: FLAG_VALUES,
  }) as ExecutionResult;
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => maskError(error, QUIET)) };
}

/** The plan of `subscription { told … }`. */
function planOf(told: GraphQLFieldConfig<unknown, unknown>, below = "") {
  const fields = { told };
  const later = new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields }),
    subscription: new GraphQLObjectType({ name: "Subscription", fields }),
  });
  return compileEventPlan(later, parse(`subscription { told ${below} }`), undefined, {});
}

function objectType(config: object) {
  return new GraphQLObjectType({
    name: "Thing",
    fields: { text: { type: GraphQLString } },
    ...config,
  });
}

function takesArguments(_source: unknown, _arguments: unknown): string {
  return "x";
}

function always(): boolean {
  return true;
}
