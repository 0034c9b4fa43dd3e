import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SignJWT } from "jose";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { hashOfApiKey, newApiKey } from "../../../src/access/api-key-hash.ts";
import type { AuthenticateHook } from "../../../src/access/authenticate-hook.ts";
import type { AuthenticationRequest } from "../../../src/access/authenticate.ts";
import { Authenticator, type AuthenticatorOptions } from "../../../src/access/authenticator.ts";
import { ANONYMOUS } from "../../../src/access/caller.ts";
import type { Unauthenticated } from "../../../src/access/unauthenticated.ts";
import { CodedError } from "../../../src/errors.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import { eventually } from "../../harness/eventually.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";

const SECRET = "a secret of thirty-two characters";
const ISSUER = { issuer: "tests", audience: ["gateway"], algorithms: ["HS256"] };

function token(claims: Record<string, unknown> = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 60;
  return new SignJWT({ iss: "tests", aud: "gateway", sub: "ada", exp, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(Buffer.from(SECRET));
}

function authenticator(options: Partial<AuthenticatorOptions> = {}) {
  const logged: string[] = [];
  const logger = createLogger({
    level: "debug",
    destination: { write: (line) => void logged.push(line) },
  });
  const metrics = new Metrics();
  const made = new Authenticator({
    issuers: [],
    clockToleranceSeconds: 5,
    allowAnonymous: false,
    authTimeoutMs: 5_000,
    maxTokenBytes: 1_024,
    expiryGraceMs: 0,
    logger,
    metrics,
    ...options,
  });
  onTestFinished(() => made.close());
  const ask = async (request: Partial<AuthenticationRequest>) =>
    await made.authenticate({ headers: {}, ...request });
  const bearer = (credential: string) =>
    ask({ headers: { authorization: `Bearer ${credential}` } });
  return { made, ask, bearer, logged, metrics };
}

async function secretFile(): Promise<string> {
  const path = join(await temporaryFolder(), "secret");
  await writeFile(path, SECRET);
  return path;
}

const withTokens = async (options: Partial<AuthenticatorOptions> = {}) => {
  const issuers = [{ ...ISSUER, secretFile: await secretFile() }];
  return authenticator({ issuers, ...options });
};

async function keyFile(...keys: object[]) {
  const path = join(await temporaryFolder(), "keys.yaml");
  const write = (all: object[]) => writeFile(path, JSON.stringify({ keys: all }));
  await write(keys);
  return { path, write };
}

const hooked = (hook: AuthenticateHook, options: Partial<AuthenticatorOptions> = {}) =>
  authenticator({ hook, ...options });

describe("whoever shows nothing", () => {
  test("is anonymous where nobody is asked, whatever it shows", async () => {
    const { ask, bearer } = authenticator();
    expect(await ask({})).toBe(ANONYMOUS);
    expect(await bearer("anything")).toBe(ANONYMOUS);
  });

  test("is refused where somebody is asked", async () => {
    const { ask } = await withTokens();
    await expect(ask({})).rejects.toMatchObject({ code: "UNAUTHENTICATED", refusal: "missing" });
  });

  test("is anonymous where both are let in; but who shows something bad is refused", async () => {
    const { ask, bearer } = await withTokens({ allowAnonymous: true });
    expect(await ask({})).toBe(ANONYMOUS);
    expect(await bearer(await token())).toMatchObject({ kind: "token" });
    await expect(bearer(await token({ exp: 1 }))).rejects.toMatchObject({ refusal: "invalid" });
  });
});

describe("a token is shown", () => {
  test.for<[string, (token: string) => Partial<AuthenticationRequest>]>([
    ["in the header", (shown) => ({ headers: { authorization: `Bearer ${shown}` } })],
    ["whatever the letters", (shown) => ({ headers: { authorization: `bearer  ${shown} ` } })],
    ["as authorization", (shown) => ({ connectionParams: { authorization: `Bearer ${shown}` } })],
    ["as Authorization", (shown) => ({ connectionParams: { Authorization: `Bearer ${shown}` } })],
    ["as token", (shown) => ({ connectionParams: { token: shown } })],
    [
      "in the payload rather than in the header",
      (shown) => ({ headers: { authorization: "Bearer x" }, connectionParams: { token: shown } }),
    ],
    [
      "in the header, where the payload says nothing of it",
      (shown) => ({
        headers: { authorization: `Bearer ${shown}` },
        connectionParams: { other: 1 },
      }),
    ],
  ])("%s", async ([, request]) => {
    const { ask } = await withTokens();
    expect(await ask(request(await token()))).toMatchObject({ claims: { sub: "ada" } });
  });

  test.for<[string, Partial<AuthenticationRequest>]>([
    ["Basic", { headers: { authorization: "Basic YTpi" } }],
    ["no scheme", { headers: { authorization: "abc" } }],
    ["two words", { headers: { authorization: "Bearer a b" } }],
    ["no text", { connectionParams: { token: 5 } }],
    ["an object", { connectionParams: { authorization: {} } }],
  ])("in no form that is known: %s", async ([, request]) => {
    const { ask } = await withTokens({ allowAnonymous: true });
    await expect(ask(request)).rejects.toMatchObject({ refusal: "invalid" });
  });

  test("that is too long is refused before it is looked at", async () => {
    const { bearer } = await withTokens();
    const long = await token({ more: "x".repeat(1_024) });
    await expect(bearer(long)).rejects.toMatchObject({ message: /longer than 1024 bytes/ });
  });
});

describe("a token that has been checked", () => {
  test("is the same caller again, without being checked again", async () => {
    const { made } = await withTokens();
    const request = { headers: { authorization: `Bearer ${await token()}` } };
    const first = made.authenticate(request);
    expect(first).toBeInstanceOf(Promise);
    const caller = await first;
    expect(made.authenticate(request)).toBe(caller);
  });

  test("is known again on its connection, and nobody else's there", async () => {
    const { made } = await withTokens();
    const connection = {};
    const asking = (shown: string) =>
      made.authenticate({ headers: { authorization: `Bearer ${shown}` } }, connection);
    const [ada, bob] = [await token(), await token({ sub: "bob" })];
    for (let time = 0; time < 3; time++) {
      expect(await asking(ada)).toMatchObject({ claims: { sub: "ada" } });
      expect(await asking(bob)).toMatchObject({ claims: { sub: "bob" } });
      expect(await asking(bob)).toMatchObject({ claims: { sub: "bob" } });
    }
    expect(() => made.authenticate({ headers: {} }, connection)).toThrow("Credentials are needed");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    onTestFinished(() => void vi.useRealTimers());
    await expect(asking(bob)).rejects.toMatchObject({ message: "The token has expired" });
  });

  test("has expired when it has", async () => {
    const { bearer } = await withTokens();
    const shown = await token();
    await bearer(shown);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    onTestFinished(() => void vi.useRealTimers());
    await expect(bearer(shown)).rejects.toMatchObject({ message: "The token has expired" });
  });

  test("is checked again when the key in the file is another", async () => {
    const path = await secretFile();
    const { made } = authenticator({ issuers: [{ ...ISSUER, secretFile: path }] });
    const connection = {};
    const bearer = async (credential: string) =>
      await made.authenticate({ headers: { authorization: `Bearer ${credential}` } }, connection);
    const shown = await token();
    await bearer(shown);
    await bearer(shown);
    await writeFile(path, "another secret, as long as it must be");
    await eventually(() => expect(bearer(shown)).rejects.toMatchObject({ refusal: "invalid" }));
  });

  test("stays good where the file holds no key any more, which is told", async () => {
    const path = await secretFile();
    const { bearer, logged } = authenticator({ issuers: [{ ...ISSUER, secretFile: path }] });
    await writeFile(path, "short");
    await eventually(() => expect(logged.join()).toMatch(/what it holds now is not used/));
    expect(await bearer(await token())).toMatchObject({ kind: "token" });
    expect(logged.join()).not.toContain('"short"');
  });
});

describe("API keys", () => {
  test("are known by their hash, with the claims that the file gives them", async () => {
    const key = newApiKey();
    const claims = { tenant: "t1" };
    const { path } = await keyFile({ name: "billing", hash: hashOfApiKey(key), claims });
    const { bearer } = authenticator({ apiKeysFile: path });
    const caller = await bearer(key);
    expect(caller).toEqual({
      id: "api-key:billing",
      kind: "api-key",
      claims: { sub: "billing", tenant: "t1" },
    });
    expect(await bearer(key)).toBe(caller);
    await expect(bearer(newApiKey())).rejects.toMatchObject({
      message: "There is no such API key",
    });
    await expect(bearer(hashOfApiKey(key).slice(7))).rejects.toMatchObject({ refusal: "invalid" });
  });

  test("expire", async () => {
    const key = newApiKey();
    const hash = hashOfApiKey(key);
    const { path } = await keyFile({ name: "old", hash, expires: "2020-01-01T00:00:00Z" });
    const { bearer } = authenticator({ apiKeysFile: path });
    await expect(bearer(key)).rejects.toMatchObject({ message: "The API key has expired" });
  });

  test("that are taken out of the file are nobody's any more, and whoever they let in is told", async () => {
    const [kept, gone] = [newApiKey(), newApiKey()];
    const keptKey = { name: "kept", hash: hashOfApiKey(kept) };
    const { path, write } = await keyFile(keptKey, { name: "gone", hash: hashOfApiKey(gone) });
    const { made, bearer } = authenticator({ apiKeysFile: path });
    const ended: string[] = [];
    for (const key of [kept, gone]) {
      const caller = await bearer(key);
      made.whileGood(caller, () => void ended.push(caller.id));
    }
    await write([keptKey]);
    await eventually(() => expect(ended).toEqual(["api-key:gone"]));
    await expect(bearer(gone)).rejects.toMatchObject({ refusal: "invalid" });
    expect(await bearer(kept)).toMatchObject({ id: "api-key:kept" });
  });

  test("that are taken out before anybody watches whom they let in are told all the same", async () => {
    const gone = newApiKey();
    const { path, write } = await keyFile({ name: "gone", hash: hashOfApiKey(gone) });
    const { made, bearer } = authenticator({ apiKeysFile: path });
    const caller = await bearer(gone);
    await write([]);
    await eventually(() => expect(bearer(gone)).rejects.toMatchObject({ refusal: "invalid" }));
    const { code, message } = await new Promise<Unauthenticated>((resolve) => {
      made.whileGood(caller, resolve);
    });
    expect([code, message]).toEqual(["UNAUTHENTICATED", "There is no such API key any more"]);
  });
});

describe("a hook", () => {
  test("says who is asking, by whatever the request shows", async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { ask } = hooked(({ headers }) => ({
      id: String(headers["x-user"]),
      claims: { a: 1 },
      expiresAt,
    }));
    expect(await ask({ headers: { "x-user": "ada" } })).toEqual({
      id: "hook:ada",
      kind: "hook",
      claims: { a: 1 },
      expiresAt,
    });
  });

  test("may leave it to the others", async () => {
    const { bearer, ask } = await withTokens({ hook: () => undefined });
    expect(await bearer(await token())).toMatchObject({ kind: "token" });
    await expect(ask({})).rejects.toMatchObject({ refusal: "missing" });
  });

  test("may refuse in its own words", async () => {
    const { ask } = hooked(() => {
      throw new CodedError("UNAUTHENTICATED", "Sign in again");
    });
    await expect(ask({})).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: "Sign in again",
    });
  });

  test.for<[string, AuthenticateHook]>([
    [
      "throws",
      () => {
        throw new Error("db at 10.0.0.1 is down");
      },
    ],
    ["rejects", () => Promise.reject(new CodedError("BAD_USER_INPUT", "db at 10.0.0.1 is down"))],
    ["answers nonsense", () => JSON.parse('{"id": 5}') as { id: string }],
    ["answers an empty id", () => ({ id: "" })],
    ["answers who has expired", () => ({ id: "a", expiresAt: new Date(0) })],
  ])("that %s lets nobody in, and nothing out", async ([, hook]) => {
    const { ask, logged } = hooked(hook);
    const refused = await ask({}).catch((error: unknown) => error as Unauthenticated);
    expect(refused).toMatchObject({ code: "UNAUTHENTICATED", refusal: "invalid" });
    expect(refused).not.toMatchObject({ message: expect.stringContaining("10.0.0.1") as string });
    expect(logged.join()).not.toBe("");
  });

  test("that never settles is waited for only so long", async () => {
    const { ask, metrics } = hooked(() => new Promise(() => {}), { authTimeoutMs: 100 });
    await expect(ask({})).rejects.toMatchObject({ code: "UNAUTHENTICATED", refusal: "overdue" });
    expect(await metrics.text()).toContain('rabbitql_unauthenticated_total{refusal="overdue"} 1');
  });
});

describe("a caller is watched", () => {
  test("until it has expired, grace and all, and never before", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { made } = authenticator({ expiryGraceMs: 2_000 });
    const days = 60 * 24 * 3_600_000;
    const caller = { ...ANONYMOUS, expiresAt: new Date(Date.now() + days) };
    const ended: Unauthenticated[] = [];
    made.whileGood(caller, (why) => void ended.push(why));
    const called = made.whileGood(caller, () => expect.unreachable());
    called();
    await vi.advanceTimersByTimeAsync(days + 1_999);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toMatchObject([{ code: "UNAUTHENTICATED" }]);
  });
});

test("no credential and no claim is ever logged", async () => {
  const { bearer, logged } = await withTokens();
  const shown = await token({ tenant: "claimed", exp: 1 });
  await expect(bearer(shown)).rejects.toMatchObject({ refusal: "invalid" });
  await expect(bearer(newApiKey())).rejects.toMatchObject({ refusal: "invalid" });
  expect(logged).toHaveLength(2);
  for (const part of [shown, shown.split(".")[1] ?? "?", "claimed", "rql_"])
    expect(logged.join()).not.toContain(part);
});
