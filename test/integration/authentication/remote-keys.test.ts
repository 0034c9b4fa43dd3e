import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Tokens } from "../../../src/access/tokens.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { AUDIENCE, TokenIssuer } from "../../harness/token-issuer.ts";

const logger = createLogger({ level: "silent" });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function started() {
  const issuer = await TokenIssuer.start();
  let changes = 0;
  const described = {
    issuer: issuer.issuer,
    audience: [AUDIENCE],
    algorithms: ["ES256"],
    jwksUrl: issuer.jwksUrl,
  };
  const onChange = () => void changes++;
  const tokens = new Tokens({ issuers: [described], clockToleranceSeconds: 5, onChange, logger });
  return { issuer, tokens, changes: () => changes };
}

/** From now on the clock is so much later, in milliseconds; timers go on as they are. */
function later(ms: number): void {
  const now = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"], now });
  onTestFinished(() => void vi.useRealTimers());
}

const UNAVAILABLE = { code: "UNAUTHENTICATED", refusal: "unavailable" };

test("keys are fetched once, when first needed, however many ask", async () => {
  const { issuer, tokens } = await started();
  expect(issuer.fetches).toBe(0);
  const token = await issuer.token();
  await Promise.all(Array.from({ length: 20 }, () => tokens.caller(token)));
  expect(issuer.fetches).toBe(1);
});

describe("an issuer that has a new key", () => {
  test("is asked for it when a token names it", async () => {
    const { issuer, tokens, changes } = await started();
    const old = await issuer.token();
    await tokens.caller(old);
    await issuer.rotate("2");
    later(MINUTE);
    await expect(tokens.caller(await issuer.token())).resolves.toMatchObject({ kind: "token" });
    expect(issuer.fetches).toBe(2);
    expect(changes()).toBe(1);
    await expect(tokens.caller(old)).rejects.toMatchObject({ refusal: "invalid" });
  });

  test("is not asked again at once, whatever keys are made up", async () => {
    const { issuer, tokens } = await started();
    await tokens.caller(await issuer.token());
    for (let count = 0; count < 5; count++)
      await expect(
        tokens.caller(await issuer.token({}, { header: { kid: `made up ${count}` } })),
      ).rejects.toMatchObject({
        refusal: "invalid",
        message: expect.stringMatching(/a key/) as string,
      });
    expect(issuer.fetches).toBe(1);
  });
});

describe("an issuer that is away", () => {
  test("from the start: it cannot be told now, and is not asked without end", async () => {
    const { issuer, tokens } = await started();
    issuer.answer = (_request, response) => void response.writeHead(503).end();
    const token = await issuer.token();
    for (let count = 0; count < 5; count++)
      await expect(tokens.caller(token)).rejects.toMatchObject(UNAVAILABLE);
    expect(issuer.fetches).toBe(1);
    issuer.answer = undefined;
    later(2_000);
    await expect(tokens.caller(token)).resolves.toMatchObject({ kind: "token" });
  });

  test("later on: its keys are used for a day, and no longer", async () => {
    const { issuer, tokens } = await started();
    const token = await issuer.token({ exp: Math.floor(Date.now() / 1000) + 3 * 24 * 3600 });
    await tokens.caller(token);
    issuer.answer = (request) => void request.socket.destroy();
    later(23 * HOUR);
    await expect(tokens.caller(token)).resolves.toMatchObject({ kind: "token" });
    later(2 * HOUR);
    await expect(tokens.caller(token)).rejects.toMatchObject(UNAVAILABLE);
  });

  test.for([
    ["no JSON", "<html>"],
    ["no keys", "{}"],
    ["a secret key", JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0" }] })],
    ["too much", JSON.stringify({ keys: [], more: "x".repeat(300_000) })],
  ] as const)("or answers with %s", async ([, text]) => {
    const { issuer, tokens } = await started();
    issuer.answer = (_request, response) => void response.end(text);
    await expect(tokens.caller(await issuer.token())).rejects.toMatchObject(UNAVAILABLE);
  });

  test("or sends whoever asks elsewhere, is not followed", async () => {
    const { issuer, tokens } = await started();
    issuer.answer = (_request, response) =>
      void response.writeHead(302, { location: issuer.jwksUrl }).end();
    await expect(tokens.caller(await issuer.token())).rejects.toMatchObject(UNAVAILABLE);
    expect(issuer.fetches).toBe(1);
  });
});
