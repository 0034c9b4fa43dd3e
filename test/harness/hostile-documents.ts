const times = (count: number, text: (place: number) => string) =>
  Array.from({ length: count }, (_, place) => text(place)).join(" ");

/** Documents that are sent to keep a server busy, by what they try; each asks for more than it may. */
export const HOSTILE_DOCUMENTS: Readonly<Record<string, string>> = {
  "fields inside each other": `{ ${"a { ".repeat(300)}a${" }".repeat(300)} }`,
  aliases: `{ ${times(160, (place) => `a${place}: broker { kind }`)} }`,
  "directives on a field": `{ broker { kind ${times(200, () => "@include(if: true)")} } }`,
  "directives that there are not": `{ broker ${times(400, (place) => `@d${place}`)} { kind } }`,
  tokens: `{ ${times(5_000, () => "__typename")} }`,
  "a long name": `{ ${"a".repeat(100_000)} }`,
  "fragments that double each other": `{ ...F0 } ${times(60, (place) => `fragment F${place} on Query { ...F${place + 1} ...F${place + 1} }`)} fragment F60 on Query { x: broker { kind } }`,
  "fragments in a circle": `{ ...A } ${times(40, (place) => `fragment ${"A".repeat(place + 1)} on Query { ...${"A".repeat(((place + 1) % 40) + 1)} }`)}`,
  "fields that may conflict": `{ ${times(90, (place) => `broker { a: kind ...on Broker { a: state b${place}: kind } }`)} }`,
  "a fragment that is called like introspection": `{ ...__schema } fragment __schema on Query { ${"a { ".repeat(100)}a${" }".repeat(100)} }`,
  "introspection inside itself": `{ __schema { ${"types { fields { type { ".repeat(20)}name${" } } }".repeat(20)} } }`,
  "no document": "{".repeat(900),
  "an argument inside itself": `{ exchange(name: ${"[".repeat(400)}${"]".repeat(400)}) { name } }`,
};

/** Those that take longest of all that are refused, as far as is known: each is at one of the parser's bounds. */
export const SLOWEST_DOCUMENTS: Readonly<Record<string, string>> = {
  "names that there are not": `{ ${times(200, (place) => `brokr${place}`)} }`,
  "errors after many lines": `{${"\n".repeat(14_000)} ${times(200, () => "brokr")} }`,
  "a circle after many lines": `{ ...F0 } ${"\n".repeat(14_000)} ${times(100, (place) => `fragment F${place} on Query { ...F${(place + 1) % 100} }`)}`,
  "comments alone": "#\n".repeat(32_000),
  "lines alone": "\n".repeat(65_000),
  "lines, too many": "\n".repeat(500_000),
};
