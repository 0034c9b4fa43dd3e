import { expect, test } from "vitest";

import { flagOf, SETTING_NAMES, variableOf } from "../../../src/config/setting-names.ts";
import { settingsHelp, settingsMarkdown } from "../../../src/config/settings-help.ts";

test.each(SETTING_NAMES)("%s is in the help and in the README's tables", (name) => {
  const flag = flagOf(name).slice(2);
  expect(settingsHelp()).toMatch(
    new RegExp(`^  --(\\[no-\\])?${flag} .*\\b${variableOf(name)} `, "m"),
  );
  expect(settingsMarkdown()).toMatch(
    new RegExp(`^\\| \`--(\\[no-\\])?${flag}\\b.*\`${variableOf(name)}\``, "m"),
  );
});

test("no line of the help is too wide for a terminal of 120 columns", () => {
  expect(
    settingsHelp()
      .split("\n")
      .filter((line) => line.length > 120),
  ).toEqual([]);
});
