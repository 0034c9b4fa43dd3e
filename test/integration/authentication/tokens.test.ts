import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { base64url, generateKeyPair, SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Issuer } from "../../../src/access/issuer.ts";
import { Tokens } from "../../../src/access/tokens.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";
import { AUDIENCE, TokenIssuer } from "../../harness/token-issuer.ts";

const logger = createLogger({ level: "silent" });

function tokensOf(...issuers: Issuer[]): Tokens {
  const tokens = new Tokens({ issuers, clockToleranceSeconds: 5, onChange: () => {}, logger });
  onTestFinished(() => tokens.close());
  return tokens;
}

async function started(changes: Partial<Issuer> = {}) {
  const issuer = await TokenIssuer.start();
  const described = {
    issuer: issuer.issuer,
    audience: [AUDIENCE],
    algorithms: ["ES256"],
    jwksUrl: issuer.jwksUrl,
    ...changes,
  };
  return { issuer, described, tokens: tokensOf(described) };
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const refusal = (message: RegExp) => ({
  code: "UNAUTHENTICATED",
  refusal: "invalid",
  message: expect.stringMatching(message) as string,
});

test("a good token says whose it is, what is claimed and until when", async () => {
  const { issuer, tokens } = await started();
  const exp = inSeconds(60);
  const caller = await tokens.caller(await issuer.token({ exp, tenant: "t1" }));
  expect(caller).toMatchObject({
    id: `token:${JSON.stringify([issuer.issuer, "ada"])}`,
    kind: "token",
    claims: { tenant: "t1", sub: "ada" },
    expiresAt: new Date(exp * 1000),
  });
});

describe("a token is refused", () => {
  test.for<[string, Record<string, unknown>, RegExp]>([
    ["that has expired", { exp: inSeconds(-1) }, /expired/],
    ["that expires this very second", { exp: inSeconds(0) }, /expired/],
    ["without exp", { exp: undefined }, /no exp/],
    ["for another audience", { aud: "https://other.test" }, /not meant for this gateway/],
    ["for other audiences", { aud: ["a", "b"] }, /not meant for this gateway/],
    ["without aud", { aud: undefined }, /no aud/],
    ["of another issuer", { iss: "https://evil.test" }, /of no issuer/],
    ["without iss", { iss: undefined }, /of no issuer/],
    ["without sub", { sub: undefined }, /no sub/],
    ["with an empty sub", { sub: "" }, /does not say whose/],
    ["that is not valid yet", { nbf: inSeconds(60) }, /not valid yet/],
  ])("%s", async ([, claims, message]) => {
    const { issuer, tokens } = await started();
    await expect(tokens.caller(await issuer.token(claims))).rejects.toMatchObject(refusal(message));
  });

  test("that is signed with a key of somebody else", async () => {
    const { issuer, tokens } = await started();
    const { privateKey } = await generateKeyPair("ES256");
    const forged = issuer.token({}, { key: privateKey });
    await expect(tokens.caller(await forged)).rejects.toMatchObject(refusal(/signature/));
  });

  test("whose claims were changed afterwards", async () => {
    const { issuer, tokens } = await started();
    const [header, , signature] = (await issuer.token()).split(".");
    const [, claims] = (await issuer.token({ tenant: "other" })).split(".");
    const forged = `${header}.${claims}.${signature}`;
    await expect(tokens.caller(forged)).rejects.toMatchObject(refusal(/signature/));
  });

  test.for(["none", "None", "NONE", ""])("that is signed with %j", async (alg) => {
    const { issuer, tokens } = await started();
    const [, claims] = (await issuer.token()).split(".");
    const header = base64url.encode(JSON.stringify({ alg, typ: "JWT" }));
    for (const signature of ["", "eA"])
      await expect(tokens.caller(`${header}.${claims}.${signature}`)).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
        refusal: "invalid",
      });
  });

  test.for(["secevent+jwt", "logout+jwt", "dpop+jwt"])("of the type %s", async (typ) => {
    const { issuer, tokens } = await started();
    const token = issuer.token({}, { header: { typ } });
    await expect(tokens.caller(await token)).rejects.toMatchObject(refusal(/type/));
  });

  test.for(["", "a", "a.b", "a.b.c", "..", "a.b.c.d.e", "é.é.é", "x".repeat(7_000)])(
    "that is none: %j",
    async (token) => {
      const { tokens } = await started();
      await expect(tokens.caller(token)).rejects.toMatchObject(refusal(/no JSON Web Token/));
    },
  );

  test("as its issuer's, where another issuer has signed it", async () => {
    const [one, other] = [await TokenIssuer.start(), await TokenIssuer.start()];
    const tokens = tokensOf(
      ...[one, other].map(({ issuer, jwksUrl }) => ({
        issuer,
        jwksUrl,
        audience: [AUDIENCE],
        algorithms: ["ES256"],
      })),
    );
    expect((await tokens.caller(await one.token())).id).not.toBe(
      (await tokens.caller(await other.token())).id,
    );
    const posing = other.token({ iss: one.issuer });
    await expect(tokens.caller(await posing)).rejects.toMatchObject(refusal(/signature/));
  });
});

test.for(["JWT", "at+jwt", "application/at+jwt", undefined])(
  "the type %s is taken",
  async (typ) => {
    const { issuer, tokens } = await started();
    const token = await issuer.token({}, { header: typ === undefined ? {} : { typ } });
    await expect(tokens.caller(token)).resolves.toMatchObject({ kind: "token" });
  },
);

test("a clock that is a little ahead is tolerated where a token begins", async () => {
  const { issuer, tokens } = await started();
  const token = await issuer.token({ nbf: inSeconds(3) });
  await expect(tokens.caller(token)).resolves.toMatchObject({ kind: "token" });
});

const claims = () => ({ iss: "files", aud: AUDIENCE, sub: "ada", exp: inSeconds(60) });

async function rsaInFile(algorithms: string[]) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const keyFile = join(await temporaryFolder(), "key.pem");
  await writeFile(keyFile, pem);
  const tokens = tokensOf({ issuer: "files", audience: [AUDIENCE], algorithms, keyFile });
  return { tokens, pem, privateKey };
}

describe("algorithms are the configuration's to say", () => {
  test("one that is not pinned is refused, although the key could check it", async () => {
    const { tokens, privateKey } = await rsaInFile(["RS256"]);
    const sign = (alg: string) =>
      new SignJWT(claims()).setProtectedHeader({ alg }).sign(privateKey);
    await expect(tokens.caller(await sign("RS256"))).resolves.toMatchObject({ kind: "token" });
    for (const alg of ["PS256", "RS512"])
      await expect(tokens.caller(await sign(alg))).rejects.toMatchObject(refusal(/algorithm/));
  });

  test("the public key is no secret: HS256 made with it is refused", async () => {
    const { tokens, pem } = await rsaInFile(["RS256"]);
    for (const secret of [pem, pem.trim()]) {
      const forged = new SignJWT(claims())
        .setProtectedHeader({ alg: "HS256" })
        .sign(Buffer.from(secret));
      await expect(tokens.caller(await forged)).rejects.toMatchObject(refusal(/algorithm/));
    }
  });

  test("even where the configuration itself confuses them", async () => {
    const { tokens, pem } = await rsaInFile(["RS256", "HS256"]);
    const forged = new SignJWT(claims())
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from(pem));
    await expect(tokens.caller(await forged)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("a secret in a file, with the line's end of an editor", async () => {
    const secret = "a secret of thirty-two characters";
    const secretFile = join(await temporaryFolder(), "secret");
    await writeFile(secretFile, `${secret}\n`);
    const tokens = tokensOf({
      issuer: "files",
      audience: [AUDIENCE],
      algorithms: ["HS256"],
      secretFile,
    });
    const sign = (alg: string) =>
      new SignJWT(claims()).setProtectedHeader({ alg }).sign(Buffer.from(secret.padEnd(64, "x")));
    const good = new SignJWT(claims())
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from(secret));
    await expect(tokens.caller(await good)).resolves.toMatchObject({ kind: "token" });
    await expect(tokens.caller(await sign("HS256"))).rejects.toMatchObject(refusal(/signature/));
    await expect(tokens.caller(await sign("HS512"))).rejects.toMatchObject(refusal(/algorithm/));
  });
});
