import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ANONYMOUS, type Caller } from "../../../src/access/caller.ts";
import { answerTo, questionOf } from "../../../src/access/policy/question.ts";
import { readPolicy } from "../../../src/access/policy/read-policy.ts";
import { fieldTable, type FieldTable } from "../../../src/broker/field-table.ts";
import { holderOf } from "../access/policy/callers.ts";

const FOLDER = new URL("../../../examples/policies/", import.meta.url);

const apiKey = (claims: Record<string, unknown>) => holderOf(claims, "api-key");
const read = (name: string) => readPolicy(readFileSync(new URL(name, FOLDER), "utf8"));

/** Who asks, in the words of `rabbitql explain`, with which headers; and whether it is allowed. */
type Case = readonly [Caller, string, boolean, FieldTable?];

const METER = apiKey({ sub: "meter", role: "source" });
const STAFF = holderOf({ groups: ["staff"] });
const ACME = holderOf({ role: "customer", tenant: "acme" });
const ADMIN = holderOf({ role: "admin", tenant: "acme" });
const WILDCARD = holderOf({ role: "admin", tenant: "*" });
const SUPPORT = holderOf({ role: "support" });
const BILLING = apiKey({ sub: "billing" });
const WEB = apiKey({ sub: "web", asks: true });
const ON_CALL = holderOf({ groups: ["on-call"] });

const CASES: Readonly<Record<string, readonly Case[]>> = {
  "public-dashboards.yaml": [
    [ANONYMOUS, "subscribe dashboards public.prices.*", true],
    [ANONYMOUS, "subscribe dashboards #", false],
    [ANONYMOUS, "subscribe dashboards internal.prices", false],
    [ANONYMOUS, "publish dashboards public.meter.a", false],
    [ANONYMOUS, "read dashboards", false],
    [ANONYMOUS, "read broker", false],
    [METER, "publish dashboards public.meter.a internal.meter.b", true],
    [METER, "publish dashboards public.other.a", false],
    [METER, "subscribe dashboards public.#", false],
    [apiKey({ sub: "meter" }), "publish dashboards public.meter.a", false],
    [STAFF, "subscribe dashboards #", true],
    [STAFF, "read dashboards", true],
    [STAFF, "read broker", true],
    [STAFF, "publish dashboards public.meter.a", false],
  ],
  "tenants.yaml": [
    [ACME, "subscribe orders orders.acme.#", true],
    [ACME, "publish orders orders.acme.new", true],
    [ACME, "subscribe orders orders.#", false],
    [ACME, "subscribe orders orders.*.new", false],
    [ACME, "publish orders orders.other.new", false],
    [ACME, "publish orders orders.acme.new orders.other.new", false],
    [ACME, "subscribe alerts", true, fieldTable({ tenant: "acme", level: 1 })],
    [ACME, "subscribe alerts", false, fieldTable({ level: 1 })],
    [ACME, "subscribe alerts", false],
    [ACME, "publish alerts a", true, fieldTable({ tenant: "acme" })],
    [ACME, "publish alerts a", false, fieldTable({ tenant: "other" })],
    [ACME, "consume work.acme", true],
    [ACME, "configure queue:work.acme.dead", true],
    [ACME, "consume work.other", false],
    [ACME, "consume work", false],
    [ACME, "configure tenants.acme.own", false],
    [ADMIN, "configure tenants.acme.own", true],
    [ADMIN, "configure tenants.other.own", false],
    [ADMIN, "configure orders", false],
    [WILDCARD, "subscribe orders orders.acme.#", false],
    [WILDCARD, "consume work.acme", false],
    [SUPPORT, "subscribe orders #", true],
    [SUPPORT, "read queue:work.acme", true],
    [SUPPORT, "consume work.acme", false],
    [SUPPORT, "publish orders orders.acme.new", false],
    [ANONYMOUS, "subscribe orders orders.acme.#", false],
    [holderOf({ tenant: "acme" }), "subscribe orders orders.acme.#", false],
  ],
  "internal-services.yaml": [
    [BILLING, "publish events billing.paid", true],
    [BILLING, "publish events orders.paid", false],
    [BILLING, "subscribe events #", true],
    [BILLING, "consume billing.invoices", true],
    [BILLING, "consume orders.work", false],
    [BILLING, "publish queue:amq.rabbitmq.reply-to.g1AAAA.key", true],
    [BILLING, "consume amq.gen-1", false],
    [BILLING, "request requests orders.v1.find", false],
    [WEB, "request requests orders.v1.find", true],
    [WEB, "request requests orders.v2.find", false],
    [BILLING, "read broker", true],
    [ON_CALL, "consume orders.dead", true],
    [ON_CALL, "publish queue:orders.work", true],
    [ON_CALL, "subscribe events #", false],
    [ON_CALL, "read amq.rabbitmq.trace", false],
    [ANONYMOUS, "read broker", false],
  ],
};

test("the README's is one", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const [, block = ""] = /^```yaml policy\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(readPolicy(block).size).toEqual({ rules: 2, grants: 4 });
});

test("each example has its cases", () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(Object.keys(CASES).toSorted());
});

describe.each(Object.entries(CASES))("%s", (name, cases) => {
  test.for(cases)("%j: %s: %s", ([caller, words, allowed, headers]) => {
    const question = questionOf(words.split(" "), headers);
    expect(answerTo(question, read(name).rightsOf(caller)) !== undefined).toBe(allowed);
  });
});
