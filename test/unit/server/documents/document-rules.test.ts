import { GraphQLError, parse, specifiedRules, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../../../src/config/config.ts";
import { schema } from "../../../../src/schema/schema.ts";
import { DocumentRules } from "../../../../src/server/documents/document-rules.ts";
import { HOSTILE_DOCUMENTS } from "../../../harness/hostile-documents.ts";

const repeated = (count: number, text: string) => Array.from({ length: count }, () => text);
const CONFIG = resolveConfig();

function rules(limits: Partial<typeof CONFIG> = {}): DocumentRules {
  return new DocumentRules(schema, { ...CONFIG, ...limits });
}

function errorsOf(text: string, limits: Partial<typeof CONFIG> = {}): readonly GraphQLError[] {
  return rules(limits).validate(rules(limits).parse(text));
}

const told = (errors: readonly GraphQLError[]) =>
  errors.map(({ message, locations, positions }) => ({ message, locations, positions }));

describe("what is wrong with a document", () => {
  test.for([
    "{ brokr }",
    "{ brokr\r\n\r\n a\r b\n\n c }",
    '{ exchange(name: """two\nlines""") { nam } brokr }',
    "\ufeff# a comment\n query A { a } query A { a }",
    `{ ${repeated(300, "brokr").join("\n")} }`,
    "query ($a: Int, $b: Strin) { broker(c: $d) { kind } }",
    HOSTILE_DOCUMENTS["fragments in a circle"] ?? "",
    HOSTILE_DOCUMENTS["an argument inside itself"] ?? "",
    HOSTILE_DOCUMENTS["introspection inside itself"] ?? "",
  ])("is told as graphql-js tells it, and where: %s", (text) => {
    const found = validate(schema, parse(text), specifiedRules);
    expect(found).not.toEqual([]);
    expect(told(errorsOf(text))).toEqual(told(found));
  });

  test("is told without suggestions where there are to be none", () => {
    const [{ message } = { message: "" }] = errorsOf("{ brokr }", { suggestions: false });
    expect(message).toBe('Cannot query field "brokr" on type "Query".');
  });

  test("is found without changing the document's text", () => {
    const document = rules().parse("{ brokr }");
    rules().validate(document);
    expect(document.loc?.source.body).toBe("{ brokr }");
  });

  test("has no text of its own beyond what can be told", () => {
    const name = "a".repeat(20_000);
    const errors = errorsOf(`{ ${name} ${name} ${name} }`);
    expect(errors.length).toBeGreaterThan(0);
    const text = errors.reduce((sum, { message }) => sum + message.length, 0);
    expect(text).toBeLessThan(20_000);
  });

  test.for([
    ["many errors", `{${"\n".repeat(15_000)}${repeated(200, "brokr").join(" ")} }`],
    [
      "one that points at much",
      `{ ...A0 } ${"\n".repeat(15_000)}${Array.from({ length: 100 }, (_, place) => `fragment A${place} on Query { ...A${(place + 1) % 100} }`).join(" ")}`,
    ],
  ] as const)("points at no more than can be counted to in time: %s", ([, text]) => {
    const errors = errorsOf(text);
    const lines = errors.flatMap(({ locations }) => locations?.map(({ line }) => line) ?? []);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.reduce((sum, line) => sum + line, 0)).toBeLessThanOrEqual(20_000);
    for (const { nodes, locations } of errors) expect(nodes?.length).toBe(locations?.length);
  });
});

test("a document past a limit points at what is, unless that is thousands of lines away", () => {
  const aliases = HOSTILE_DOCUMENTS["aliases"] ?? "";
  const at = (lines: number) => told(errorsOf(`${"\n".repeat(lines)}${aliases}`));
  const message = "The operation has 160 aliases; at most 15 are taken";
  expect(at(19_000)).toMatchObject([{ message, locations: [{ line: 19_001, column: 1 }] }]);
  expect(at(21_000)).toMatchObject([{ message, locations: undefined }]);
});

describe("a document that is too long", () => {
  test("is refused unread", () => {
    const long = `{ ${"{".repeat(100)}`;
    expect(() => rules({ maxDocumentCharacters: 101 }).parse(long)).toThrow(
      "The document has 102 characters; at most 101 are taken",
    );
    expect(() => rules({ maxDocumentCharacters: 102 }).parse(long)).toThrow("Syntax Error");
  });
});
