import { expect, test } from "vitest";
import { unpublishable } from "../../../scripts/unpublishable.ts";

const GOOD = [
  "dist/main.js",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/index.js.map",
  "dist/server/limits/token-buckets.js",
  "docs/security.md",
  "docs/decisions/0001-embedded-broker.md",
  "schema.graphql",
  "policy.schema.json",
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "LICENSE",
];

test("a package with all that it needs is right", () => {
  expect(unpublishable(GOOD)).toEqual([]);
});

test("one that was not built is not, nor one with more than it should have", () => {
  expect(unpublishable(GOOD.filter((path) => path !== "dist/main.js"))).toEqual([
    "dist/main.js is missing",
  ]);
  for (const path of [".env", "issuer.key", "dist/.env", "test/a.test.ts", "dist/main.ts"])
    expect(unpublishable([...GOOD, path])).toEqual([`${path} does not belong there`]);
});
