import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../../../src/config/config.ts";
import { CodedError } from "../../../../src/errors.ts";
import { schema } from "../../../../src/schema/schema.ts";
import { DocumentRules } from "../../../../src/server/documents/document-rules.ts";
import {
  mustBeValid,
  PersistedOperations,
  readPersistedOperations,
  type DocumentRequest,
} from "../../../../src/server/documents/persisted-operations.ts";

const KIND = "{ broker { kind } }";
const KIND_ID = createHash("sha256").update(KIND).digest("hex");
const asked = (sha256Hash: unknown): DocumentRequest => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

describe("a file of persisted operations", () => {
  test.for([
    ["an object of documents by id", { [KIND_ID]: KIND, short: "{ __typename }" }],
    [
      "Apollo's manifest",
      {
        format: "apollo-persisted-query-manifest",
        operations: [
          { id: KIND_ID, name: "Kind", type: "query", body: KIND },
          { id: "short", body: "{ __typename }" },
        ],
      },
    ],
  ] as const)("is %s", ([, content]) => {
    const documents = readPersistedOperations(JSON.stringify(content));
    expect([...documents]).toEqual([
      [KIND_ID, KIND],
      ["short", "{ __typename }"],
    ]);
  });

  test.for([
    ["no JSON", "{", /JSON/],
    ["a list", "[]", /must be an object/],
    ["a document that is no text", '{"a": 1}', /the document of "a" is no text/],
    [
      "an id that is another document's",
      JSON.stringify({ [KIND_ID]: "{ a }" }),
      /is not the SHA-256/,
    ],
    ["a manifest without ids", '{"operations": [{"body": "{ a }"}]}', /an operation has no id/],
    ["a manifest without operations", '{"operations": 1}', /must be a list/],
  ] as const)("is not %s", ([, content, problem]) => {
    expect(() => readPersistedOperations(content)).toThrow(problem);
  });

  test("says everything that is wrong with its documents", () => {
    const documents = new Map([
      ["a", "{ nothing }"],
      ["b", "{"],
      ["c", KIND],
    ]);
    const rules = new DocumentRules(schema, resolveConfig());
    expect(() => mustBeValid(documents, rules)).toThrow(
      /a: Cannot query field "nothing".*\n.*b: Syntax/s,
    );
    expect(() => mustBeValid(new Map([["c", KIND]]), rules)).not.toThrow();
  });
});

describe("the document that a request means", () => {
  const persisted = new PersistedOperations(new Map([[KIND_ID, KIND]]));

  test.for([
    ["its id", asked(KIND_ID)],
    ["its id, and an empty text as graphql-ws must send", { ...asked(KIND_ID), query: "" }],
    ["its very text", { query: KIND }],
  ] as const)("is told by %s", ([, request]) => {
    expect(persisted.documentOf(request)).toBe(KIND);
  });

  test.for([
    ["another text", { query: `${KIND} ` }, "FORBIDDEN"],
    ["another text under its id", { ...asked(KIND_ID), query: "{ __typename }" }, "FORBIDDEN"],
    ["an id that is none", asked("0".repeat(64)), "NOT_FOUND"],
    ["an id that is a property of every object", asked("constructor"), "NOT_FOUND"],
    ["an id that is no text", asked(5), "BAD_USER_INPUT"],
    ["nothing", {}, "BAD_USER_INPUT"],
  ] as const)("is refused for %s", ([, request, code]) => {
    expect(() => persisted.documentOf(request)).toThrow(CodedError);
    expect(() => persisted.documentOf(request)).toThrow(expect.objectContaining({ code }));
  });
});
