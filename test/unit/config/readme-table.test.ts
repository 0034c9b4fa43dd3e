import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { withConfigurationTable } from "../../../scripts/configuration-table.ts";

test("the README's tables of settings are what the code says (npm run docs:config writes them)", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(readme).toBe(withConfigurationTable(readme));
});

test("what stands between the markers is replaced, and nothing else", () => {
  const written = withConfigurationTable(
    "# a\n<!-- configuration -->\nSTALE\n<!-- /configuration -->\nz\n",
  );
  expect(written).toMatch(
    /^# a\n<!-- configuration -->\n\n[^]*--port[^]*\n\n<!-- \/configuration -->\nz\n$/,
  );
  expect(written).not.toContain("STALE");
});

test.each(["", "<!-- configuration -->", "<!-- /configuration --><!-- configuration -->"])(
  "a README without both markers in order is refused: %j",
  (readme) => {
    expect(() => withConfigurationTable(readme)).toThrow("README.md needs");
  },
);
