import { z } from "zod";

import { type Described, settingDetails } from "./setting.ts";

/** An http or https URL, which may have credentials in it. */
export function httpUrl({
  shownDefault,
  example,
  ...described
}: Described & { shownDefault: string; example: string }) {
  return z
    .string()
    .refine(isHttpUrl)
    .optional()
    .register(settingDetails, {
      ...described,
      expected:
        "an http:// or https:// URL without a query, percent-encoded where user or password need it",
      example,
      shownDefault,
      placeholder: "<url>",
      secret: true,
      read: (written) => written,
    });
}

function isHttpUrl(value: string): boolean {
  // What a URL parser would quietly repair could otherwise pass by the masking of logs.
  if (/[\s"'<>\\]/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(value);
  return (
    /^https?:$/.test(protocol) &&
    hostname !== "" &&
    search === "" &&
    hash === "" &&
    [username, password].every(isPercentEncoded)
  );
}

function isPercentEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
