import { z } from "zod";

import { type Bounded, settingDetails } from "./setting.ts";
import { readBytes, readMilliseconds, showBytes, showMilliseconds } from "./units.ts";

export function wholeNumber({ default: value, min, max, ...described }: Bounded<number>) {
  return within(min, max)
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: `a whole number from ${min} to ${max}`,
      shownDefault: String(value),
      placeholder: "<number>",
      read: readWholeNumber,
    });
}

/** A number whose default follows from other settings, as `default` says in words. */
export function derivedNumber({ default: shownDefault, min, max, ...described }: Bounded<string>) {
  return within(min, max)
    .optional()
    .register(settingDetails, {
      ...described,
      expected: `a whole number from ${min} to ${max}`,
      shownDefault,
      placeholder: "<number>",
      read: readWholeNumber,
    });
}

/** A size in bytes. */
export function bytes({ default: value, min, max, ...described }: Bounded<number>) {
  return within(min, max)
    .default(value)
    .register(settingDetails, {
      ...described,
      ...bytesDetails(min, max),
      shownDefault: showBytes(value),
    });
}

/** A size in bytes whose default follows from other settings, as `default` says in words. */
export function derivedBytes({ default: shownDefault, min, max, ...described }: Bounded<string>) {
  return within(min, max)
    .optional()
    .register(settingDetails, { ...described, ...bytesDetails(min, max), shownDefault });
}

/** A time in milliseconds. */
export function milliseconds({ default: value, min, max, ...described }: Bounded<number>) {
  return within(min, max)
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: `a time from ${showMilliseconds(min)} to ${showMilliseconds(max)}`,
      example: `${value} (milliseconds) or ${showMilliseconds(value)}`,
      shownDefault: showMilliseconds(value),
      placeholder: "<time>",
      read: (text) => readMilliseconds(text) ?? text,
    });
}

/** A time in seconds. */
export function seconds({ default: value, min, max, ...described }: Bounded<number>) {
  return within(min, max)
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: `a time from ${min}s to ${max}s, in whole seconds`,
      example: `${value} (seconds) or ${value}s`,
      shownDefault: `${value}s`,
      placeholder: "<time>",
      read: (text) => {
        const time = readMilliseconds(text, "s");
        return time === undefined ? text : time / 1000;
      },
    });
}

function within(min: number, max: number) {
  return z.int().min(min).max(max);
}

function bytesDetails(min: number, max: number) {
  return {
    expected: `a size from ${showBytes(min)} to ${showBytes(max)}`,
    example: `${min} (bytes) or ${showBytes(min)}`,
    placeholder: "<bytes>",
    read: (text: string) => readBytes(text) ?? text,
  };
}

function readWholeNumber(written: string): unknown {
  return /^\d+$/.test(written) ? Number(written) : written;
}
