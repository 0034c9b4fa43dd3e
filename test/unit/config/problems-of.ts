import { ConfigError } from "../../../src/config/config-error.ts";
import { type Config, resolveConfig } from "../../../src/config/config.ts";

/** What is wrong with these options: each setting that is named, and why. */
export function problemsOf(options: Partial<Config>): readonly (readonly [string, string])[] {
  try {
    resolveConfig(options);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ setting, problem }) => [setting, problem]);
    throw error;
  }
  return [];
}
