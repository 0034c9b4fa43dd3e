import { z } from "zod";

import { type Described, settingDetails } from "./setting.ts";
import { strictUrl } from "./strict-url.ts";

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
  const url = strictUrl(value);
  if (!url) return false;
  const { protocol, hostname, search, hash } = url;
  return /^https?:$/.test(protocol) && hostname !== "" && search === "" && hash === "";
}
