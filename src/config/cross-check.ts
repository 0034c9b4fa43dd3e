import type { Config } from "./config-schema.ts";
import type { SettingName } from "./settings.ts";

/** What a program has given besides settings. */
export interface Besides {
  /** It tells by itself who is asking. */
  readonly hasHook: boolean;
}

/** A rule that settings keep together, or with the machine, each of them being right by itself. */
export interface CrossCheck {
  /** The settings it is about. The first of them that somebody gave is the one to be named as wrong. */
  readonly settings: readonly SettingName[];
  /** What is wrong, and what would be right; undefined where the rule is kept. */
  problem(
    config: Config,
    nameOf: (setting: SettingName) => string,
    besides: Besides,
  ): string | undefined;
}
