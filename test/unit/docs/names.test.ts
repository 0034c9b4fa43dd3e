import { existsSync, readdirSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { SETTING_NAMES, flagOf } from "../../../src/config/setting-names.ts";
import { ERROR_CODES } from "../../../src/errors.ts";
import { schema } from "../../../src/schema/schema.ts";
import { DOCUMENTS, located, read } from "./repository.ts";

/** What stands in backticks. */
const quoted = (markdown: string) =>
  [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);

describe("the README's table of errors", () => {
  const [, table = ""] = read("README.md").split("\n## Errors\n");
  const [rows = ""] = table.split("\n## ");
  const named = quoted(rows).filter((text) => /^[A-Z_]+$/.test(text));

  test.each(ERROR_CODES)("has %s", (code) => {
    expect(named).toContain(code);
  });

  test("has no code that there is not, beside GraphQL's own", () => {
    const graphql = ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"];
    expect(named.filter((code) => ![...ERROR_CODES, ...graphql].includes(code))).toEqual([]);
  });
});

describe.each(DOCUMENTS)("%s", (document) => {
  const names = quoted(read(document));

  test("names no flag that there is not", () => {
    const flags = new Set([...SETTING_NAMES.map((name) => flagOf(name)), "--help"]);
    const wrong = names
      .map((text) => /^--(?:\[no-\])?([a-z-]+)/.exec(text)?.[1])
      .filter((name) => name !== undefined && !flags.has(`--${name}`));
    expect(wrong).toEqual([]);
  });

  test("names no script that there is not", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const wrong = names
      .map((text) => /^npm run (\S+)/.exec(text)?.[1])
      .filter((name) => name !== undefined && !(name in scripts));
    expect(wrong).toEqual([]);
  });
});

test("docs/delivery.md says of every cause of gaps whether it is used", () => {
  const type = schema.getType("GapCause");
  const causes = type && "getValues" in type ? type.getValues().map(({ name }) => name) : [];
  const delivery = read("docs/delivery.md");
  const used = ["RECONNECTED", "QUEUE_DELETED", "BINDING_LOST", "BROKER_OVERFLOW", "SLOW_CONSUMER"];
  expect(causes).toEqual(expect.arrayContaining(used));
  for (const cause of causes)
    expect([cause, delivery.includes(cause)]).toEqual([cause, used.includes(cause)]);
});

test("src/README.md names no file that there is not", () => {
  const files = readdirSync(located("src"), { encoding: "utf8", recursive: true });
  const [, prose = ""] = read("src/README.md").split("\n## Who may call whom\n");
  const wrong = quoted(prose)
    .filter((text) => /^[\w./-]+\.ts$/.test(text))
    .filter(
      (name) =>
        !files.some((file) => `/${file}`.endsWith(`/${name}`)) && !existsSync(located(name)),
    )
    .filter((name) => name !== "test/conformance/NAME.test.ts");
  expect(wrong).toEqual([]);
});

test("the LICENSE is the one that package.json names", () => {
  const { license } = JSON.parse(read("package.json")) as { license: string };
  expect(read("LICENSE")).toMatch(new RegExp(`^${license} License`));
});
