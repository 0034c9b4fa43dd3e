import { expect, test } from "vitest";
import { detailsOf, flagOf, SETTING_NAMES } from "../../../src/config/setting-names.ts";
import { read } from "./repository.ts";

const [, section = ""] = read("docs/security.md").split("\n## How much they may do\n");
const [table = ""] = section.split("\n## ");
const rows = [...table.matchAll(/^\| `(?<flag>--[a-z-]+)` +\| (?<shown>.+?) +\|/gm)].map(
  ({ groups }) => [groups?.["flag"] ?? "", groups?.["shown"] ?? ""] as const,
);

test.for(rows)("docs/security.md has the default of %s", ([flag, shown]) => {
  const setting = SETTING_NAMES.find((name) => flagOf(name) === flag);
  expect(setting && detailsOf(setting).shownDefault).toBe(shown);
});

test("docs/security.md has every setting that is a most of something", () => {
  const limits = SETTING_NAMES.filter((name) =>
    /^max[A-Z]|InFlight|MaxMessages|MaxBytes/.test(name),
  );
  expect(
    limits.map((name) => flagOf(name)).filter((flag) => !rows.some(([own]) => own === flag)),
  ).toEqual([]);
});
