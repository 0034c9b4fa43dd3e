import * as fc from "fast-check";

const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.integer({ min: -9_999, max: 9_999 }), fc.stringMatching(/^\d{1,12}$/))
    .map(([whole, decimals]) => `${whole}.${decimals}`),
  fc.constantFrom("-0", "0", "-0.0", "-0.5", "0.000001", "0.0000001", "1.10", "01", "1e3", "1E+2"),
);

const strings = fc.oneof(
  fc.string().map((text) => JSON.stringify(text)),
  fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0041"', '"\\/"', '"\u007f"', '"\t"', '"é"', '"\\ud800"'),
);

/** Few, so that they meet; some of them numbers, which come first in whatever object they are. */
const keys = fc.constantFrom(
  '"a"',
  '"ab"',
  '"b"',
  '""',
  '"1"',
  '"0"',
  '"01"',
  '"-1"',
  '"__proto__"',
);

const blank = fc.constantFrom("", "", "", "", " ", "\n");

/** JSON as people write it, and a little beside: numbers, keys, escapes and blanks in more ways than one. */
export const jsonTexts: fc.Arbitrary<string> = fc.oneof(
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(numbers, strings, fc.constantFrom("true", "false", "null", "nul", "")),
      fc.tuple(blank, fc.array(tie("value"), { maxLength: 4 })).map(([gap, items]) => {
        return `[${items.join(`,${gap}`)}]`;
      }),
      fc
        .tuple(blank, fc.array(fc.tuple(keys, tie("value")), { maxLength: 4 }))
        .map(([gap, entries]) => {
          return `{${entries.map(([key, value]) => `${key}:${gap}${value}`).join(",")}}`;
        }),
    ),
  })).value,
);
