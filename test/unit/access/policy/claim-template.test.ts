import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filled } from "../../../../src/access/policy/claim-template.ts";
import { TopicSet } from "../../../../src/access/topic-set.ts";

const TEMPLATE = "orders.{claims.tenant}.#";

describe("a claim that is put into a pattern", () => {
  test.each([
    "*",
    "#",
    ".",
    "",
    "a.b",
    "a*",
    "#a",
    "a\n",
    "a\u0000",
    "a\u200B",
    "\uD800",
    "x".repeat(129),
    "é".repeat(65),
    1,
    true,
    null,
    undefined,
    ["acme"],
    { tenant: "acme" },
  ])("is not %j", (tenant) => {
    expect(filled(TEMPLATE, { tenant })).toHaveProperty("why");
  });

  test.each(["acme", "a-b_c", "zażółć", "{claims}", "$&", "x".repeat(128)])(
    "is %j, as it is",
    (tenant) => {
      expect(filled(TEMPLATE, { tenant })).toBe(`orders.${tenant}.#`);
    },
  );

  test("is the claim's own, and nothing that every object has", () => {
    expect(filled("{claims.constructor}", {})).toHaveProperty("why");
    expect(filled("{claims.__proto__.name}", {})).toHaveProperty("why");
  });

  test("may be further in, or have dots in its name", () => {
    expect(filled("{claims.org.id}.#", { org: { id: "acme" } })).toBe("acme.#");
    expect(filled("{claims.https://a.example/t}", { "https://a.example/t": "acme" })).toBe("acme");
  });

  test("makes nothing of 255 bytes longer", () => {
    expect(filled(`{claims.t}${"a".repeat(250)}`, { t: "abcdef" })).toHaveProperty("why");
  });

  test("reaches nothing but keys with that very word in its place, whatever it is", () => {
    const values = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "#", "{", "é", "\0"), maxLength: 4 }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(values, values, (tenant, other) => {
        const pattern = filled(TEMPLATE, { tenant });
        fc.pre(typeof pattern === "string" && tenant !== other);
        expect(new TopicSet([pattern]).matches(`orders.${other}.a`)).toBe(
          other.startsWith(`${tenant}.`),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
