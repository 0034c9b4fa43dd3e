import { maskedUrl } from "../telemetry/mask-secrets.ts";
import type { ConfigProblem } from "./config-error.ts";
import { detailsOf } from "./setting-names.ts";
import type { SettingName } from "./settings.ts";

/** A setting as somebody gave it. */
export interface GivenSetting {
  /** The flag, the variable or the option that it was given as. */
  readonly origin: string;
  /** Its value as it may be shown. */
  readonly shown: string;
  readonly value: unknown;
}

/** What one source of settings says, and what is wrong with it before any value is looked at. */
export interface GivenSettings {
  readonly settings: ReadonlyMap<SettingName, GivenSetting>;
  readonly problems: readonly ConfigProblem[];
}

/** A setting given as text. */
export function givenText(name: SettingName, origin: string, text: string): GivenSetting {
  return {
    origin,
    shown: shownText(text, detailsOf(name).secret),
    value: detailsOf(name).read(text),
  };
}

/** A text as it may be shown: whatever looks like a URL, wherever it was written, may hold a password. */
export function shownText(text: string, secret = false): string {
  return secret || text.includes("://") ? maskedUrl(text) : text;
}
