import { settingsMarkdown } from "../src/config/settings-help.ts";

const START = "<!-- configuration -->";
const END = "<!-- /configuration -->";

/** The README with the tables of settings between its two markers as the code has them. */
export function withConfigurationTable(readme: string): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start === -1 || end < start)
    throw new Error(`README.md needs ${START} and, after it, ${END}`);
  return `${readme.slice(0, start)}${START}\n\n${settingsMarkdown()}\n\n${readme.slice(end)}`;
}
