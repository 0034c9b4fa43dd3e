import { inspect } from "node:util";

import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { type Config, configSchema } from "./config-schema.ts";
import type { Besides } from "./cross-check.ts";
import { CROSS_CHECKS } from "./cross-checks.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type GivenSetting, shownText } from "./given-settings.ts";
import { readEnvironment } from "./read-environment.ts";
import { readFlags } from "./read-flags.ts";
import { detailsOf, expectedOf, flagOf, SETTING_NAMES } from "./setting-names.ts";
import { type SettingName, SETTINGS } from "./settings.ts";

export type { Config } from "./config-schema.ts";

const NOTHING_BESIDES: Besides = { hasHook: false };

/**
 * The configuration that a command line (without the program's name) and an environment ask for.
 * A flag wins over its variable.
 * @throws {ConfigError} with every setting that is wrong, under the name it was given.
 */
export function loadConfig(source: {
  argv: readonly string[];
  env: Readonly<NodeJS.ProcessEnv>;
}): Config {
  const environment = readEnvironment(source.env);
  const flags = readFlags(source.argv);
  return checkedConfig({
    given: new Map([...environment.settings, ...flags.settings]),
    problems: [...flags.problems, ...environment.problems],
    nameOf: flagOf,
    besides: NOTHING_BESIDES,
  });
}

/**
 * The configuration that options given in code ask for; what they leave out, or leave undefined, has
 * its default.
 * @throws {ConfigError} with every option that is wrong.
 */
export function resolveConfig(
  options: Partial<Config> = {},
  besides: Besides = NOTHING_BESIDES,
): Config {
  const given = new Map<SettingName, GivenSetting>();
  const problems: ConfigProblem[] = [];
  for (const [option, value] of Object.entries(options)) {
    const name = SETTING_NAMES.find((candidate) => candidate === option);
    if (value === undefined) continue;
    if (name) given.set(name, { origin: name, shown: shownOption(name, value), value });
    else
      problems.push({
        setting: option,
        problem: `no such option${didYouMean(option, SETTING_NAMES)}`,
      });
  }
  return checkedConfig({ given, problems, nameOf: (name) => name, besides });
}

function checkedConfig(source: {
  given: ReadonlyMap<SettingName, GivenSetting>;
  problems: readonly ConfigProblem[];
  nameOf: (name: SettingName) => string;
  besides: Besides;
}): Config {
  const problems = [...source.problems];
  const usable = new Map<SettingName, unknown>();
  const wrong = new Set<SettingName>();

  for (const [name, { origin, shown, value }] of source.given) {
    if (SETTINGS[name].safeParse(value).success) {
      usable.set(name, value);
    } else {
      wrong.add(name);
      problems.push({
        setting: origin,
        value: shown,
        problem: `expected ${expectedOf(name)}`,
      });
    }
  }

  const config = configSchema.parse(Object.fromEntries(usable));
  const nameOf = (name: SettingName) => source.given.get(name)?.origin ?? source.nameOf(name);
  for (const check of CROSS_CHECKS) {
    const named = check.settings.map((name) => source.given.get(name)).find(Boolean);
    const problem = check.settings.some((name) => wrong.has(name))
      ? undefined
      : check.problem(config, nameOf, source.besides);
    if (named && problem) problems.push({ setting: named.origin, value: named.shown, problem });
  }

  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function shownOption(name: SettingName, value: unknown): string {
  return shownText(typeof value === "string" ? value : inspect(value), detailsOf(name).secret);
}
