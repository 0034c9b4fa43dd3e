import { detailsOf, flagOf, SETTING_NAMES, variableOf } from "./setting-names.ts";
import { SETTING_GROUPS, type SettingName } from "./settings.ts";

/** Every setting for `--help`: its flag, its variable and its default on one line, what it is for on the next. */
export function settingsHelp(): string {
  const flags = new Map(SETTING_NAMES.map((name) => [name, flagUsage(name)]));
  const flagWidth = Math.max(...[...flags.values()].map((flag) => flag.length)) + 2;
  const variableWidth = Math.max(...SETTING_NAMES.map((name) => variableOf(name).length)) + 2;

  const lines = Object.entries(SETTING_GROUPS).flatMap(([title, group]) => [
    "",
    `${title}:`,
    ...SETTING_NAMES.filter((name) => Object.hasOwn(group, name)).flatMap((name) => {
      const { shownDefault, description } = detailsOf(name);
      const flag = (flags.get(name) ?? "").padEnd(flagWidth);
      return [
        `  ${flag}${variableOf(name).padEnd(variableWidth)}${shownDefault}`,
        `      ${description}`,
      ];
    }),
  ]);
  return lines.slice(1).join("\n");
}

/** Every setting as Markdown for the README: a table for each group, its columns aligned as oxfmt has them. */
export function settingsMarkdown(): string {
  return Object.entries(SETTING_GROUPS)
    .map(([title, group]) => {
      const names = SETTING_NAMES.filter((name) => Object.hasOwn(group, name));
      const head = ["Flag and variable", "Default", "What it is for", "Takes"];
      return `#### ${title}\n\n${markdownTable(head, names.map(markdownCells))}`;
    })
    .join("\n\n");
}

function markdownCells(name: SettingName): string[] {
  const { shownDefault, description, expected } = detailsOf(name);
  const names = `\`${flagUsage(name)}\`<br>\`${variableOf(name)}\``;
  return [names, shownDefault, description, expected].map((cell) => cell.replaceAll("|", "\\|"));
}

function markdownTable(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill: string) =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, fill)).join(" | ")} |`;
  return [line(head, " "), line([], "-"), ...rows.map((cells) => line(cells, " "))].join("\n");
}

/** `--port <number>`, `--[no-]graphiql`. */
function flagUsage(name: SettingName): string {
  const { placeholder } = detailsOf(name);
  return placeholder ? `${flagOf(name)} ${placeholder}` : flagOf(name).replace("--", "--[no-]");
}
