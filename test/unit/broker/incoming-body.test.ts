import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { TestMessage } from "../../harness/test-message.ts";

const of = (body: Buffer | string) => new TestMessage({ body });
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("what a body says", () => {
  test.for([
    ["JSON", '{"a": [1, "x", null]}', { a: [1, "x", null] }],
    ["JSON null", "null", null],
    ["no JSON", "{", null],
    ["nothing", "", null],
    ["brackets that close nothing", "[".repeat(5_000), null],
    [
      "brackets in a string",
      JSON.stringify(`\\"${"[{".repeat(2_000)}`),
      `\\"${"[{".repeat(2_000)}`,
    ],
    [
      "brackets beside each other",
      `[${"[],".repeat(2_000)}[]]`,
      Array.from({ length: 2_001 }, () => []),
    ],
  ] as const)("%s, as text and as JSON", ([, text, json]) => {
    expect(of(text).text).toBe(text);
    expect(of(text).json).toEqual(json);
  });

  test("bytes that are no UTF-8 are neither", () => {
    const message = of(Buffer.from([0xff, 0xfe]));
    expect(message.text).toBeNull();
    expect(message.json).toBeNull();
  });

  test("as deep as can be written again it is JSON, and deeper it is LIMIT_EXCEEDED", () => {
    expect(JSON.stringify(of(nested(1_000)).json)).toBe(nested(1_000));
    const tooDeep = [
      nested(1_001),
      `${'{"a":'.repeat(1_001)}1${"}".repeat(1_001)}`,
      `${'{"é":['.repeat(501)}${"]}".repeat(501)}`,
      `["}]", ${nested(1_000)}]`,
    ];
    for (const text of tooDeep) {
      const message = of(text);
      for (let time = 0; time < 2; time++)
        expect(() => message.json).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
      expect(message.text).toBe(text);
    }
  });
});

describe("a body's JSON text", () => {
  test("is the body, where it reads as it would be written", () => {
    expect(of('{"a":[1,"x",null]}').jsonText).toBe('{"a":[1,"x",null]}');
    for (const text of ['{"a": 1}', "1e3", "{", ""]) expect(of(text).jsonText).toBeNull();
  });
});

describe("a body is read", () => {
  test("once for all who ask in the same turn, and again for who asks later", async () => {
    const message = of('{"a": 1}');
    const first = message.json;
    await Promise.resolve();
    expect(message.json).toBe(first);
    await nextTurn();
    expect(message.json).not.toBe(first);
    expect(message.json).toEqual(first);
  });
});
