import { describe, expect, test } from "vitest";
import { ANONYMOUS } from "../../../../src/access/caller.ts";
import { PolicyError } from "../../../../src/access/policy/policy-error.ts";
import { readPolicy } from "../../../../src/access/policy/read-policy.ts";
import { holderOf, policyOf } from "./callers.ts";

const YAML = `
version: 1
rules:
  - name: staff
    callers:
      kind: [token, hook]
      claims: { realm_access.roles: [clerk, admin], active: true }
    grants:
      - allow: [publish, subscribe]
        exchanges: orders
        keys: ["orders.{claims.tenant}.#"]
  - name: machines
    callers: { kind: api-key }
    grants:
      - allow: consume
        queues: work-*
`;

function problemsOf(text: string): readonly string[] {
  try {
    readPolicy(text);
  } catch (error) {
    if (error instanceof PolicyError)
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const policies = (caller: Parameters<ReturnType<typeof readPolicy>["rightsOf"]>[0]) =>
  readPolicy(YAML).rightsOf(caller);

describe("a rule is for whoever has what it asks for", () => {
  const clerk = { realm_access: { roles: ["clerk"] }, active: true, tenant: "acme" };

  test("kind and claims", () => {
    const granted = policies(holderOf(clerk)).grantsOn("exchanges");
    expect(granted.map(({ keys }) => keys?.patterns)).toEqual([["orders.acme.#"]]);
    expect(policies(holderOf(clerk, "api-key")).grantsOn("exchanges")).toEqual([]);
    expect(policies(ANONYMOUS).grantsOn("exchanges")).toEqual([]);
  });

  test.each([
    { ...clerk, active: "true" },
    { ...clerk, active: 1 },
    { ...clerk, realm_access: { roles: ["clerks"] } },
    { ...clerk, realm_access: { roles: "clerk admin" } },
    { ...clerk, realm_access: ["clerk"] },
    { "realm_access.roles": [], ...clerk },
    { active: true, tenant: "acme" },
    Object.create(clerk) as Record<string, unknown>,
  ])("all of the claims, as they are: not %j", (claims) => {
    expect(policies(holderOf(claims)).grantsOn("exchanges")).toEqual([]);
  });

  test("scope is a list of words", () => {
    const text = JSON.stringify({
      version: 1,
      rules: [
        {
          name: "readers",
          callers: { claims: { scope: "read" } },
          grants: [{ allow: "read", queues: "#" }],
        },
      ],
    });
    const queuesOf = (scope: unknown) =>
      readPolicy(text).rightsOf(holderOf({ scope })).grantsOn("queues").length;
    expect(["read", "openid read", ["read"], "unread", "readers all"].map(queuesOf)).toEqual([
      1, 1, 1, 0, 0,
    ]);
  });
});

describe("what is wrong is told, all of it, with where it is", () => {
  test("YAML that is none", () => {
    expect(problemsOf("rules: [")).not.toEqual([]);
    expect(problemsOf("version: 1\nversion: 1\nrules: []")[0]).toContain("unique");
    const levels = Array.from(
      { length: 9 },
      (_, at) => `l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]`,
    );
    expect(problemsOf(`l0: &l0 [1]\n${levels.join("\n")}`)[0]).toContain("alias");
  });

  test("everything at once", () => {
    const text = JSON.stringify({
      version: 2,
      rules: [
        { name: "a", callers: "everyone", grants: [{ allow: "publish", exchanges: "a*#" }] },
        { name: "a", callers: {}, grants: [{ allow: "see", queues: "q" }], more: 1 },
      ],
    });
    const paths = problemsOf(text).map((problem) => problem.slice(0, problem.indexOf(":")));
    expect(paths.toSorted()).toEqual([
      "rules[0].grants[0].exchanges",
      "rules[1]",
      "rules[1].callers",
      "rules[1].grants[0].allow",
      "version",
    ]);
  });

  test.each([
    [{ allow: "publish", exchanges: "" }, "granted on queues"],
    [{ allow: "publish", exchanges: "a", queues: "b" }, "and no other"],
    [{ allow: "publish" }, "names one of"],
    [{ allow: "consume", exchanges: "a" }, "consume cannot be allowed on exchanges"],
    [{ allow: "subscribe", queues: "a" }, "subscribe cannot be allowed on queues"],
    [{ allow: "publish", broker: true }, "publish cannot be allowed on broker"],
    [{ allow: "publish", queues: "a", keys: "b" }, "are for exchanges"],
    [{ allow: "publish", exchanges: "a", keys: "b*" }, "words by themselves"],
    [{ allow: "publish", exchanges: "a", keys: "b.##" }, "words by themselves"],
    [{ allow: "publish", exchanges: "a.b#" }, "a word by itself"],
    [{ allow: "publish", exchanges: "a-{claims.t}*" }, "wildcard in the word of a claim"],
    [{ allow: "publish", exchanges: "{claims.a}{claims.b}" }, "two claims in one word"],
    [{ allow: "publish", exchanges: "{claims.a}-{claims.b}" }, "two claims in one word"],
    [{ allow: "publish", exchanges: "a", keys: "{claim.t}" }, "in braces"],
    [{ allow: "publish", exchanges: "a", keys: "{claims.t" }, "in braces"],
    [{ allow: "publish", exchanges: "é".repeat(128) }, "longer than 255 bytes"],
    [{ allow: "publish", exchanges: "a\nb" }, "line break"],
    [{ allow: "publish", exchanges: "a", headers: { "x-a": "b" } }, "begins with"],
    [{ allow: "subscribe", exchanges: "a", keys: "b", headers: { a: "b" } }, "two grants"],
  ])("%j", (grant, problem) => {
    expect(problemsOf(policyOf(grant)).join("\n")).toContain(problem);
  });

  test("what is right has no problem", () => {
    expect(problemsOf(YAML)).toEqual([]);
  });
});
