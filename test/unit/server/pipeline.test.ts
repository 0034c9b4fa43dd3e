import { describe, expect, test } from "vitest";
import { schema } from "../../../src/schema/schema.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { DocumentRules } from "../../../src/server/documents/document-rules.ts";
import { Documents } from "../../../src/server/documents/documents.ts";
import { ErrorMask } from "../../../src/server/mask-error.ts";
import { Pipeline, type OperationRequest } from "../../../src/server/pipeline.ts";
import { RunningOperations } from "../../../src/server/running-operations.ts";
import { METRICS, QUIET, scriptedFanOut } from "./fan-out/scripted-fan-out.ts";

function pipeline() {
  const { context } = scriptedFanOut();
  const running = new RunningOperations();
  const config = resolveConfig();
  const documents = new Documents(schema, new DocumentRules(schema, config), config.keptDocuments);
  const errors = new ErrorMask({ logger: QUIET, metrics: METRICS }, config);
  return { running, context, pipeline: new Pipeline({ schema, documents, running, errors }) };
}

function documentOf(asked: Pipeline, request: OperationRequest) {
  const operation = asked.prepare(request);
  return "document" in operation ? operation.document : undefined;
}

const KIND = "{ broker { kind } }";

describe("a document", () => {
  test("is parsed and validated once, whatever it is asked with", () => {
    const { pipeline: asked } = pipeline();
    const document = documentOf(asked, { query: KIND });
    expect(document).toBeDefined();
    expect(documentOf(asked, { query: KIND, variables: { a: 1 } })).toBe(document);
    expect(documentOf(asked, { query: `${KIND} ` })).not.toBe(document);
  });

  test("is kept with a thousand others, and let go when there are more", () => {
    const { pipeline: asked } = pipeline();
    const document = documentOf(asked, { query: KIND });
    for (let place = 0; place < 999; place++)
      documentOf(asked, { query: `query A${place} ${KIND}` });
    expect(documentOf(asked, { query: KIND })).toBe(document);
    for (let place = 0; place < 1_000; place++)
      documentOf(asked, { query: `query B${place} ${KIND}` });
    expect(documentOf(asked, { query: KIND })).not.toBe(document);
  });

  test("is not kept where it is very long", () => {
    const { pipeline: asked } = pipeline();
    const query = KIND.padEnd(20_000);
    expect(documentOf(asked, { query })).not.toBe(documentOf(asked, { query }));
  });

  test.for([
    ["{", "GRAPHQL_PARSE_FAILED"],
    ["{ brokr }", "GRAPHQL_VALIDATION_FAILED"],
    [`{ broker ${"{ broker ".repeat(20_000)}`, "LIMIT_EXCEEDED"],
  ] as const)("that is wrong is told with its code each time: %s", ([query, code]) => {
    const { pipeline: asked } = pipeline();
    for (let time = 0; time < 2; time++)
      expect(asked.prepare({ query })).toMatchObject({ errors: [{ extensions: { code } }] });
  });
});

test("an operation counts as running until it has its result", async () => {
  const { pipeline: asked, running, context } = pipeline();
  const operation = asked.prepare({ query: KIND });
  if (!("definition" in operation)) throw new Error("not prepared");
  let idle = false;
  const executing = asked.execute(operation, context);
  const waiting = running.idle().then(() => {
    idle = true;
  });
  expect(await executing).toEqual({ data: { broker: { kind: "EMBEDDED" } } });
  expect(idle).toBe(false);
  await waiting;
});
