import type { Caller } from "../caller.ts";
import { claimValues } from "./claims.ts";
import { listOf, type RuleDocument } from "./policy-schema.ts";

/** Why a rule is not for a caller, in a few words; undefined where it is. */
export function whyNotFor(caller: Caller, callers: RuleDocument["callers"]): string | undefined {
  if (callers === "everyone") return undefined;
  const { kind, claims = {} } = callers;
  if (kind !== undefined && !listOf(kind).includes(caller.kind))
    return `it is for ${listOf(kind).join(", ")}, and the caller is ${caller.kind}`;
  for (const [name, wanted] of Object.entries(claims)) {
    const values = claimValues(caller.claims, name);
    if (values.length === 0) return `claim ${name} is not there`;
    if (!listOf(wanted).some((value) => values.includes(value)))
      return `claim ${name} is not ${listOf(wanted)
        .map((value) => JSON.stringify(value))
        .join(" or ")}`;
  }
  return undefined;
}
