import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printPolicySchema } from "../../../../src/access/policy/print-policy-schema.ts";

test("policy.schema.json is what the code says (npm run schema:policy)", () => {
  const path = new URL("../../../../policy.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(JSON.parse(printPolicySchema()));
});
