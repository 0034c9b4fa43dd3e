import type { Caller } from "../../../../src/access/caller.ts";
import type { Rights } from "../../../../src/access/policy/rights.ts";
import { readPolicy } from "../../../../src/access/policy/read-policy.ts";

/** Whoever has a token with these claims. */
export function holderOf(claims: Record<string, unknown>, kind: Caller["kind"] = "token"): Caller {
  return { id: JSON.stringify([kind, claims]), kind, claims };
}

/** A policy of one rule for everyone, with these grants. */
export function policyOf(...grants: readonly Record<string, unknown>[]): string {
  const rule = { name: "the rule", callers: "everyone", grants };
  return JSON.stringify({ version: 1, rules: grants.length > 0 ? [rule] : [] });
}

/** What a policy of one rule grants whoever has these claims. */
export function rightsOf(
  claims: Record<string, unknown>,
  ...grants: readonly Record<string, unknown>[]
): Rights {
  return readPolicy(policyOf(...grants)).rightsOf(holderOf(claims));
}
