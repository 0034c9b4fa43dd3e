import { z } from "zod";

import { isLoopback } from "./loopback.ts";
import { type Described, settingDetails } from "./setting.ts";
import { strictUrl } from "./strict-url.ts";

export const JWKS_URL_EXPECTED =
  "an https:// URL without user or password, or an http:// one of this machine";

/** Where a JWK Set is; left out: nowhere. */
export function jwksUrl(described: Described) {
  return z
    .string()
    .refine(isJwksUrl)
    .optional()
    .register(settingDetails, {
      ...described,
      expected: JWKS_URL_EXPECTED,
      example: "https://issuer.example.com/.well-known/jwks.json",
      shownDefault: "none",
      placeholder: "<url>",
      read: (written) => written,
    });
}

/** Whoever can change the keys on their way can sign in as anybody: nothing but TLS leaves the machine. */
export function isJwksUrl(value: string): boolean {
  const url = strictUrl(value);
  if (!url || url.username !== "" || url.password !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}
