import { z } from "zod";

/** What there is to know about a setting beside its values: for reading it, for `--help` and for the README. */
export interface SettingDetails {
  /** What it is for, in one sentence. */
  readonly description: string;
  /** What would be right, and an example of it where that helps. */
  readonly expected: string;
  readonly example?: string;
  /** The default as one would write it. */
  readonly shownDefault: string;
  /** What stands for the value in `--help`; absent for a switch, whose flag needs no value. */
  readonly placeholder?: string;
  /** The environment variable, where it is not the flag's name prefixed with RABBITQL_. */
  readonly variable?: string;
  /** Its value may hold a password. */
  readonly secret?: boolean;
  /** The value that a text stands for; the text itself where it stands for none, which the schema then refuses. */
  read(text: string): unknown;
}

/** The details of every setting, by its schema. */
export const settingDetails = z.registry<SettingDetails>();

/** What every kind of setting is made of. */
export interface Described {
  description: string;
  variable?: string;
}
/** A setting with a smallest and a largest value. */
export interface Bounded<Default> extends Described {
  default: Default;
  min: number;
  max: number;
}
