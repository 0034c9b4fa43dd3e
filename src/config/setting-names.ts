import { z } from "zod";

import { invariant } from "../errors.ts";
import { type SettingDetails, settingDetails } from "./setting.ts";
import { type SettingName, SETTINGS } from "./settings.ts";

/** In the order of the table. */
export const SETTING_NAMES: readonly SettingName[] = z.object(SETTINGS).keyof().options;

export const VARIABLE_PREFIX = "RABBITQL_";

/** `tapPrefetch` as a flag: `--tap-prefetch`. */
export function flagOf(name: SettingName): string {
  return `--${kebabCase(name)}`;
}

/** `tapPrefetch` as an environment variable: `RABBITQL_TAP_PREFETCH`. */
export function variableOf(name: SettingName): string {
  return (
    detailsOf(name).variable ?? VARIABLE_PREFIX + kebabCase(name).replaceAll("-", "_").toUpperCase()
  );
}

export function detailsOf(name: SettingName): SettingDetails {
  const details = settingDetails.get(SETTINGS[name]);
  invariant(details, `the setting ${name} has details`);
  return details;
}

/** What would be right for a setting, in words. */
export function expectedOf(name: SettingName): string {
  const { expected, example } = detailsOf(name);
  return example ? `${expected}, such as ${example}` : expected;
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
