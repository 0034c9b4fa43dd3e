import { TopicSet } from "../topic-set.ts";
import type { Action } from "./actions.ts";
import { filled, type Unfillable } from "./claim-template.ts";
import type { HeaderValues } from "./header-values.ts";
import { NamePattern } from "./name-pattern.ts";
import { listOf, type GrantDocument } from "./policy-schema.ts";

/** Where a grant stands in the policy. */
export interface GrantPlace {
  readonly rule: string;
  /** From 1, as people count. */
  readonly number: number;
}

/** What a rule lets one caller do, with the caller's claims in it. */
export interface Grant {
  readonly place: GrantPlace;
  readonly on: "exchanges" | "queues" | "broker";
  readonly actions: ReadonlySet<Action>;
  /** None for the broker. */
  readonly names: readonly NamePattern[];
  /** Undefined: every key. */
  readonly keys?: { readonly patterns: readonly string[]; readonly set: TopicSet };
  /** Undefined: whatever the headers are. */
  readonly headers?: HeaderValues;
}

/** The grant for a caller with these claims; why it does not apply where they cannot be put into it. */
export function grantFor(
  claims: Readonly<Record<string, unknown>>,
  document: GrantDocument,
  place: GrantPlace,
): Grant | Unfillable {
  const unfillable: Unfillable[] = [];
  const fill = (template: string): string => {
    const text = filled(template, claims);
    if (typeof text === "string") return text;
    unfillable.push(text);
    return "";
  };
  const { allow, exchanges, queues, keys, headers } = document;
  const names = listOf(exchanges ?? queues ?? []).map((name) => new NamePattern(fill(name)));
  const patterns = keys === undefined ? undefined : listOf(keys).map(fill);
  const values = Object.entries(headers ?? {}).map(
    ([name, value]) => [name, typeof value === "string" ? fill(value) : value] as const,
  );
  const [problem] = unfillable;
  if (problem) return problem;
  return {
    place,
    on: exchanges ? "exchanges" : queues ? "queues" : "broker",
    actions: new Set(listOf(allow)),
    names,
    ...(patterns ? { keys: { patterns, set: new TopicSet(patterns) } } : {}),
    ...(values.length > 0 ? { headers: new Map(values) } : {}),
  };
}

/** The grant in words, with the claims in it. */
export function grantText({ place, on, actions, names, keys, headers }: Grant): string {
  const of = on === "broker" ? "the broker" : `${on} ${names.map(({ text }) => text).join(", ")}`;
  const what = [
    `${[...actions].join(", ")} on ${of}`,
    keys && `keys ${keys.patterns.join(", ")}`,
    headers && `headers ${JSON.stringify(Object.fromEntries(headers))}`,
  ].filter(Boolean);
  return `rule ${JSON.stringify(place.rule)}, grant ${place.number}: ${what.join("; ")}`;
}
