import { Kind, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { DocumentSizes } from "../../../../src/server/documents/document-size.ts";

function sizeOf(query: string) {
  const document = parse(query);
  const sizes = new DocumentSizes(document);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("there is no operation");
  return sizes.of(operation);
}

describe("the size of an operation", () => {
  test.for([
    ["a leaf", "{ a }", { depth: 1, aliases: 0, directives: 0, cost: 1 }],
    ["fields inside each other", "{ a { b { c } } }", { depth: 3, cost: 2 + 1.5 * (2 + 1.5) }],
    ["fields beside each other", "{ a b c { d e } }", { depth: 2, cost: 1 + 1 + 2 + 1.5 * 2 }],
    ["aliases", "{ x: a { y: b } z: a }", { aliases: 3 }],
    ["directives", "query ($v: Int @b) @a { c @d { ... @e { f } } }", { directives: 4 }],
    ["inline fragments, which are no depth", "{ ... { ... on T { a } } }", { depth: 1, cost: 1 }],
    [
      "a fragment, wherever it is spread",
      "{ a { ...F } b { ...F } } fragment F on T @x { y: c { d } }",
      { depth: 3, aliases: 2, directives: 2 },
    ],
    [
      "fragments that spread each other",
      "{ ...F } fragment F on T { a ...G } fragment G on T { ...F b }",
      { depth: 1 },
    ],
    ["a fragment that is not there", "{ a ...F }", { depth: 1, cost: 1 }],
    [
      "introspection, which has a bound of its own",
      "{ __schema { types { fields { type { ofType { name } } } } } }",
      { depth: 1 },
    ],
    [
      "a fragment that is called like introspection",
      "{ ...__schema } fragment __schema on Query { a { b { c { d } } } }",
      { depth: 4 },
    ],
  ] as const)("%s", ([, query, expected]) => {
    expect(sizeOf(query)).toMatchObject(expected);
  });

  test("of fragments that double each other is found at once", () => {
    const fragments = Array.from(
      { length: 60 },
      (_, place) => `fragment F${place} on T { ...F${place + 1} ...F${place + 1} }`,
    );
    const query = `{ ...F0 } ${fragments.join(" ")} fragment F60 on T { x: a }`;
    expect(sizeOf(query)).toMatchObject({ depth: 1, aliases: 2 ** 60 });
  });
});
