import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCanonicalJson } from "../../../src/broker/canonical-json.ts";
import { jsonTexts } from "./json-texts.ts";

const isCanonical = (text: string) => isCanonicalJson(Buffer.from(text));
const objectOf = (keys: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, key) => [`k${key}`, 1])));

describe("JSON that can be passed on as it is", () => {
  test.for([
    '{"id":17,"customer":{"name":"Ann Lee","city":"Oslo"},"tags":["a","b",[]],"paid":true,"note":null}',
    "0",
    "-1",
    "999999999999999",
    "-0.5",
    "9.95",
    "0.000001",
    '""',
    "[]",
    "{}",
    "[[{}],false]",
    '{"a":1,"ab":2,"b":{"a":3}}',
    '{"__proto__":1}',
    `${"[".repeat(32)}${"]".repeat(32)}`,
  ])("%s", (text) => {
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(isCanonical(text)).toBe(true);
  });

  test.for([
    ["nothing", ""],
    ["blanks", '{"a": 1}'],
    ["an end that is missing", '{"a":1'],
    ["something after its end", "{}{}"],
    ["a comma too many", "[1,]"],
    ["a key without a value", '{"a"}'],
    ["a key that comes twice", '{"a":1,"b":2,"a":3}'],
    ["keys that an object orders by itself", '{"b":1,"1":2}'],
    ["an escape", '"\\u0041"'],
    ["a control character", '"\t"'],
    ["another alphabet", '"é"'],
    ["minus zero", "-0"],
    ["a zero at the end", "1.10"],
    ["a zero at the beginning", "01"],
    ["a point without decimals", "1."],
    ["an exponent", "1e3"],
    ["more digits than a double has", "1234567890123456"],
    ["a word that is none", "nul"],
    ["so deep that it may not be written again", `${"[".repeat(33)}${"]".repeat(33)}`],
  ] as const)("is not: %s", ([, text]) => {
    expect(isCanonical(text)).toBe(false);
  });

  test("more keys than are compared with each other", () => {
    expect(isCanonical(objectOf(32))).toBe(true);
    expect(isCanonical(objectOf(33))).toBe(false);
  });

  test("is what JSON.stringify writes of what JSON.parse reads, whatever the text", () => {
    let passed = 0;
    fc.assert(
      fc.property(jsonTexts, (text) => {
        if (!isCanonical(text)) return;
        passed++;
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 20_000 },
    );
    expect(passed).toBeGreaterThan(1_000);
  });

  test("is recognised wherever numbers are short, strings plain and keys no numbers", () => {
    const plain = fc.stringMatching(/^[ !#-[\]-~]*$/);
    const key = fc.stringMatching(/^([ !#-/:-[\]-~][ !#-[\]-~]*)?$/);
    const leaf = fc.oneof(plain, fc.boolean(), fc.constant(null), fc.integer());
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(key, tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        expect(isCanonical(JSON.stringify(json))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
