import { readFileSync } from "node:fs";
import { buildSchema, Kind, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { EXAMPLE_OPERATIONS } from "../../../../src/server/graphiql/example-operations.ts";

const schema = buildSchema(
  readFileSync(new URL("../../../../schema.graphql", import.meta.url), "utf8"),
);

/** How GraphiQL finds the name of a tab: the first line, not a comment, with an operation and its name. */
const TITLE = /^(?!#).*(?:query|subscription|mutation)\s+([a-zA-Z0-9_]+)/m;

const examples = EXAMPLE_OPERATIONS.map(({ query }) => {
  const title = TITLE.exec(query)?.[1] ?? "untitled";
  return { title, query, document: parse(query) };
});

describe("the tabs of GraphiQL", () => {
  test.for(examples)("$title is valid against schema.graphql", ({ document }) => {
    expect(validate(schema, document)).toEqual([]);
  });

  test.for(examples)("$title is one operation, named as its tab", ({ title, document }) => {
    const operations = document.definitions.map((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? definition.name?.value : definition.kind,
    );
    expect(operations).toEqual([title]);
  });

  test.for(examples)("$title says at its head what it is for", ({ query }) => {
    expect(query).toMatch(/^# \S/);
  });

  test("have names of their own", () => {
    const titles = examples.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test.for(["amq.topic", "amq.direct", "amq.fanout", "amq.headers"])(
    "subscribe to %s in one and publish to it in the next",
    (exchange) => {
      const using = examples.filter(({ query }) => query.includes(`exchange: "${exchange}"`));
      const [subscribe, publish] = using.map(({ title }) => title);
      expect(subscribe?.replace("Subscribe", "Publish")).toBe(publish);
      expect(publish).toMatch(/Publish$/);
    },
  );

  test("send the reader only to tabs that exist", () => {
    const titles = new Set(examples.map(({ title }) => title));
    const mentioned = examples.flatMap(({ query }) =>
      [...query.matchAll(/^#.*$/gm)].flatMap(
        ([line]) => line.match(/\b[A-Z][a-z]+[A-Z][a-z]+\b/g) ?? [],
      ),
    );
    expect(mentioned.length).toBeGreaterThan(10);
    expect(mentioned.filter((name) => !titles.has(name))).toEqual([]);
  });
});
