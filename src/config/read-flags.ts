import { parseArgs } from "node:util";

import type { ConfigProblem } from "./config-error.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type GivenSetting, type GivenSettings, givenText, shownText } from "./given-settings.ts";
import { expectedOf, detailsOf, flagOf, SETTING_NAMES } from "./setting-names.ts";
import type { SettingName } from "./settings.ts";

interface Flag {
  readonly name: SettingName;
  readonly kind: "value" | "switch" | "switch off";
}

const FLAGS: ReadonlyMap<string, Flag> = new Map(
  SETTING_NAMES.flatMap((name): [string, Flag][] => {
    const flag = flagOf(name);
    if (detailsOf(name).placeholder) return [[flag, { name, kind: "value" }]];
    return [
      [flag, { name, kind: "switch" }],
      [flag.replace("--", "--no-"), { name, kind: "switch off" }],
    ];
  }),
);

/**
 * The settings in a command line such as `--port 4001 --no-graphiql`. Of a flag that stands there
 * twice, the last counts. A value that begins with `-` needs the form `--flag=value`. Anything that
 * is neither a flag nor the value of one is a problem.
 */
export function readFlags(argv: readonly string[]): GivenSettings {
  const settings = new Map<SettingName, GivenSetting>();
  const problems: ConfigProblem[] = [];
  // Node only cuts the line up: its own check stops at the first mistake, and prints the value there.
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true });
  const words = new Map(tokens.map((token) => [token.index, token]));
  const taken = new Set<number>();

  for (const token of tokens) {
    if (token.kind === "option-terminator" || taken.has(token.index)) continue;
    if (token.kind === "positional") {
      problems.push({ setting: shownText(token.value), problem: "is no flag and belongs to none" });
      continue;
    }
    const flag = FLAGS.get(token.rawName);
    const next = words.get(token.index + 1);
    let { value } = token;
    if (value === undefined && next?.kind === "positional" && (!flag || flag.kind === "value")) {
      value = next.value;
      taken.add(next.index);
    }
    const read = flag
      ? readFlag(flag, token.rawName, value)
      : `no such flag${didYouMean(token.rawName, FLAGS.keys())}`;
    if (typeof read === "string") problems.push({ setting: token.rawName, problem: read });
    else if (flag) settings.set(flag.name, read);
  }
  return { settings, problems };
}

/** The setting, or what is wrong. */
function readFlag(flag: Flag, origin: string, value: string | undefined): GivenSetting | string {
  if (flag.kind === "switch") return givenText(flag.name, origin, value ?? "true");
  if (flag.kind === "switch off") {
    if (value !== undefined) return `takes no value; say ${flagOf(flag.name)}=true or =false`;
    return givenText(flag.name, origin, "false");
  }
  if (value === undefined) return `needs a value: ${expectedOf(flag.name)}`;
  return givenText(flag.name, origin, value);
}
