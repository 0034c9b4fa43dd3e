import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/run-command.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";
import { recordedSurroundings } from "./surroundings.ts";

const POLICY = `
version: 1
rules:
  - name: tenants
    callers: { claims: { role: customer } }
    grants:
      - { allow: [publish, subscribe], exchanges: orders, keys: "orders.{claims.tenant}.#" }
      - { allow: subscribe, exchanges: alerts, headers: { tenant: "{claims.tenant}" } }
      - { allow: [consume, read], queues: "work.{claims.tenant}" }
  - name: dashboards
    callers: everyone
    grants:
      - { allow: subscribe, exchanges: prices, keys: [eu.*] }
      - { allow: subscribe, exchanges: prices, keys: [eu, "eu.*.*.#"] }
      - { allow: read, broker: true }
`;
const CLAIMS = JSON.stringify({ role: "customer", tenant: "acme" });

async function policyFile(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "policy.yaml");
  writeFileSync(path, text);
  return path;
}

async function run(...argv: string[]) {
  const { surroundings, stdout, stderr } = recordedSurroundings();
  const code = await runCommand(argv, surroundings);
  return { code, stdout: stdout(), stderr: stderr() };
}

const explained = async (...argv: string[]) =>
  run("explain", "--policy", await policyFile(POLICY), ...argv);

describe("check-policy", () => {
  test("a file that is right", async () => {
    const path = await policyFile(POLICY);
    expect(await run("check-policy", path)).toEqual({
      code: 0,
      stdout: `${path}: right (rules: 2, grants: 6)\n`,
      stderr: "",
    });
  });

  test("a file that is wrong, with all that is", async () => {
    const path = await policyFile(POLICY.replace("eu.*]", "eu*]").replace("callers: everyone", ""));
    const { code, stderr } = await run("check-policy", path);
    expect(code).toBe(1);
    expect(stderr.split("\n")).toEqual([
      expect.stringContaining(`${path}: rules[1].callers: `),
      expect.stringContaining(`${path}: rules[1].grants[0].keys[0]: "*" and "#" are words`),
      "",
    ]);
  });

  test("no file, and one that is not there", async () => {
    expect((await run("check-policy")).stderr).toContain("takes one file");
    expect((await run("check-policy", "/nowhere/policy.yaml")).stderr).toContain("ENOENT");
  });
});

describe("explain", () => {
  test("the grant that decides, with the claims in it", async () => {
    const { code, stdout } = await explained(
      "--claims",
      CLAIMS,
      "subscribe",
      "orders",
      "orders.acme.new.*",
    );
    expect(code).toBe(0);
    expect(stdout).toContain(
      'rule "tenants", grant 1: publish, subscribe on exchanges orders; keys orders.acme.#',
    );
  });

  test("several that decide it together", async () => {
    const { code, stdout } = await explained("subscribe", "prices", "eu.#");
    expect(code).toBe(0);
    expect(stdout).toContain("by these together");
    expect(stdout.match(/rule "dashboards", grant [12]/g)).toHaveLength(2);
  });

  test("why nothing does", async () => {
    const { code, stdout } = await explained("--claims", CLAIMS, "subscribe", "orders", "order.#");
    expect(code).toBe(1);
    expect(stdout).toContain("forbidden: nothing grants it");
    expect(stdout).toContain("keys orders.acme.#: the keys are others, or more");
    const anonymous = await explained("subscribe", "orders", "order.#");
    expect(anonymous.stdout).toContain('rule "tenants" does not apply: claim role is not there');
    const hostile = JSON.stringify({ role: "customer", tenant: "*" });
    expect((await explained("--claims", hostile, "publish", "orders", "a")).stdout).toContain(
      'rule "tenants", grant 1 does not apply: claim tenant holds "*", "#" or "."',
    );
  });

  test.each([
    [0, ["publish", "orders", "orders.acme.a"]],
    [1, ["publish", "orders", "orders.acme.a", "orders.other.a"]],
    [1, ["publish", "orders"]],
    [0, ["consume", "work.acme"]],
    [1, ["consume", "work.other"]],
    [0, ["read", "queue:work.acme"]],
    [1, ["read", "work.acme"]],
    [0, ["read", "broker"]],
    [0, ["--headers", '{"tenant":"acme"}', "subscribe", "alerts"]],
    [1, ["subscribe", "alerts"]],
  ])("%i for %j", async (expected, argv) => {
    expect((await explained("--claims", CLAIMS, ...argv)).code).toBe(expected);
  });

  test("a token, which it says it has not verified", async () => {
    const token = `e30.${Buffer.from(CLAIMS).toString("base64url")}.c2ln`;
    const { code, stderr } = await explained("--token", token, "consume", "work.acme");
    expect(code).toBe(0);
    expect(stderr).toContain("not verified");
  });

  test("a token, verified where its issuer is given", async () => {
    const path = join(await temporaryFolder(), "secret");
    const secret = "0123456789abcdef0123456789abcdef";
    writeFileSync(path, secret);
    const [iss, aud] = ["https://issuer.test", "https://gateway.test"];
    const signed = (key: string) =>
      new SignJWT({ ...JSON.parse(CLAIMS), iss, aud, sub: "ada" })
        .setExpirationTime("1h")
        .setProtectedHeader({ alg: "HS256" })
        .sign(Buffer.from(key));
    const asked = (token: string) =>
      explained(
        `--jwt-issuer=${iss}`,
        `--jwt-audience=${aud}`,
        "--jwt-algorithms=HS256",
        `--jwt-secret-file=${path}`,
        `--token=${token}`,
        "consume",
        "work.acme",
      );
    expect(await asked(await signed(secret))).toMatchObject({ code: 0, stderr: "" });
    const forged = await asked(await signed(secret.toUpperCase()));
    expect(forged.code).toBe(1);
    expect(forged.stderr).toContain("the gateway would refuse it");
  });

  test.each([
    [["--token", "secret", "consume", "work"], "no JWT"],
    [["--token", "a.secret.b", "consume", "work"], "holds no JSON object"],
    [["--claims", "secret", "consume", "work"], "holds no JSON object"],
    [["--claims", "{}", "--token", "a.b.c", "consume", "work"], "give one of them"],
    [["--claims", "{}", "--kind", "king", "consume", "work"], "--kind is one of"],
    [["--tokens", "x"], "no such flag: --tokens"],
    [["see", "work"], "what may be done is one of"],
    [["consume"], "say what to consume"],
    [["consume", "work", "key"], "a queue has no keys"],
  ])("what cannot be asked: %j", async (argv, problem) => {
    const { code, stdout, stderr } = await explained(...argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain("secret");
  });
});
