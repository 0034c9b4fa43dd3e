import type { Random } from "../harness/random.ts";

const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`) as unknown;

const ODD: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 1e308,
  () => "",
  () => "\u0000\u0007\uFFFD\uD800",
  () => "a".repeat(70_000),
  () => "__proto__",
  () => [],
  () => ({}),
  () => ({ constructor: { prototype: { polluted: true } }, __proto__: null }),
  () => nested(3_000),
  () => "connection_ack",
  () => "next",
  () => "subscribe",
  () => `{ ${"a { ".repeat(500)}${"}".repeat(500)} }`,
  () => "{ ...F } fragment F on Query { ...F }",
  () => "subscription { a: broker { kind } b: broker { kind } }",
];

/** A JSON value that has no business where it is put. */
export function oddValue(random: Random): unknown {
  return random.pick(ODD)();
}

/** A copy of `value` with something in it replaced, taken away, or put where nothing was. */
export function mutated(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random.chance(0.2)) return oddValue(random);
  const entries = Object.entries(value);
  const place = random.between(0, entries.length);
  const entry = entries[place];
  if (!entry) entries.push([JSON.stringify(oddValue(random)).slice(0, 20), oddValue(random)]);
  else if (random.chance(0.25)) entries.splice(place, 1);
  else entries[place] = [entry[0], mutated(entry[1], random)];
  return Array.isArray(value) ? entries.map(([, item]) => item as unknown) : fromEntries(entries);
}

/** Own keys alone, `__proto__` as well, as JSON.parse makes them. */
function fromEntries(entries: readonly [string, unknown][]): object {
  const made = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true });
  return made;
}
