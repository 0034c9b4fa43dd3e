import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { VERSION } from "../../src/version.ts";

test("the version is the package's", () => {
  const packageFile = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect(packageFile).toContain(`"version": "${VERSION}"`);
});
