import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { issuersOf } from "../../../src/config/authentication.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";
import { problemsOf } from "./problems-of.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const FILES = {
  "public.pem": publicKey.export({ type: "spki", format: "pem" }).toString(),
  "private.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  "set.json": JSON.stringify({ keys: [publicKey.export({ format: "jwk" })] }),
  "private-set.json": JSON.stringify({ keys: [privateKey.export({ format: "jwk" })] }),
  secret: "a secret of thirty-two characters\n",
  short: "short\n",
};
let folder: string;
const path = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await temporaryFolder();
  for (const [name, content] of Object.entries(FILES)) await writeFile(path(name), content);
});

const ISSUER = { jwtIssuer: "https://issuer.test", jwtAudience: ["gateway"] };
const jwksUrl = "https://issuer.test/jwks.json";

const auth = async (content: string) => {
  await writeFile(path("auth.yaml"), content);
  return { auth: path("auth.yaml") };
};

const keys = async (content: string) => {
  await writeFile(path("keys.yaml"), content);
  return problemsOf({ apiKeysFile: path("keys.yaml") });
};
describe("one issuer in settings", () => {
  test("with its keys at a URL, in a file or as a secret", () => {
    const signed = { ...ISSUER, jwtAlgorithms: ["ES256" as const] };
    expect(problemsOf({ ...signed, jwtJwksUrl: jwksUrl })).toEqual([]);
    expect(problemsOf({ ...signed, jwtKeyFile: path("public.pem") })).toEqual([]);
    expect(problemsOf({ ...signed, jwtKeyFile: path("set.json") })).toEqual([]);
    const secret = { ...ISSUER, jwtAlgorithms: ["HS256" as const], jwtSecretFile: path("secret") };
    expect(problemsOf(secret)).toEqual([]);
    expect(issuersOf(resolveConfig(secret))).toEqual([
      {
        issuer: "https://issuer.test",
        audience: ["gateway"],
        algorithms: ["HS256"],
        jwksUrl: undefined,
        keyFile: undefined,
        secretFile: path("secret"),
      },
    ]);
  });

  test.for<[string, () => Parameters<typeof problemsOf>[0], RegExp]>([
    ["no audience", () => ({ jwtIssuer: "a", jwtJwksUrl: jwksUrl }), /say in jwtAudience/],
    ["no key", () => ISSUER, /set one of jwtJwksUrl, jwtKeyFile and jwtSecretFile/],
    [
      "two keys",
      () => ({ ...ISSUER, jwtJwksUrl: jwksUrl, jwtKeyFile: path("public.pem") }),
      /one kind of key/,
    ],
    ["no algorithm", () => ({ ...ISSUER, jwtJwksUrl: jwksUrl }), /must be said in jwtAlgorithms/],
    [
      "a secret's algorithm with public keys",
      () => ({ ...ISSUER, jwtJwksUrl: jwksUrl, jwtAlgorithms: ["RS256", "HS256"] }),
      /HS256 is not checked with a public key/,
    ],
    [
      "a public key's algorithm with a secret",
      () => ({ ...ISSUER, jwtSecretFile: path("secret"), jwtAlgorithms: ["RS256"] }),
      /RS256 is not checked with a secret/,
    ],
    [
      "a secret that is too short",
      () => ({ ...ISSUER, jwtSecretFile: path("short"), jwtAlgorithms: ["HS256"] }),
      /secret of 5 bytes; HS256 need 32 or more/,
    ],
    [
      "a private key",
      () => ({ ...ISSUER, jwtKeyFile: path("private.pem"), jwtAlgorithms: ["ES256"] }),
      /holds a private key/,
    ],
    [
      "private keys in a set",
      () => ({ ...ISSUER, jwtKeyFile: path("private-set.json"), jwtAlgorithms: ["ES256"] }),
      /holds a key that is secret/,
    ],
    [
      "no key in the file",
      () => ({ ...ISSUER, jwtKeyFile: path("secret"), jwtAlgorithms: ["ES256"] }),
      /holds no public key or certificate/,
    ],
    [
      "no file",
      () => ({ ...ISSUER, jwtKeyFile: path("nowhere"), jwtAlgorithms: ["ES256"] }),
      /jwtKeyFile cannot be read: ENOENT/,
    ],
    ["no issuer", () => ({ jwtJwksUrl: jwksUrl }), /name it in jwtIssuer/],
  ])("%s", ([, options, problem]) => {
    const problems = problemsOf(options());
    expect(problems).toHaveLength(1);
    expect(problems[0]?.[1]).toMatch(problem);
    expect(JSON.stringify(problems)).not.toMatch(/PRIVATE KEY-|"d"|short\\n/);
  });

  test("none is no algorithm", () => {
    const jwtAlgorithms = ["none"] as unknown[] as "RS256"[];
    expect(problemsOf({ ...ISSUER, jwtJwksUrl: jwksUrl, jwtAlgorithms })).toEqual([
      ["jwtAlgorithms", expect.stringMatching(/^expected algorithms/)],
    ]);
  });

  test.for([
    ["http://issuer.test/jwks.json", false],
    ["https://user:password@issuer.test/jwks.json", false],
    ["ftp://issuer.test/jwks.json", false],
    ["file:///etc/keys", false],
    ["http://127.0.0.1.evil.test/jwks.json", false],
    ["http://127.0.0.1:8080/jwks.json", true],
    ["http://[::1]/jwks.json", true],
    ["http://localhost/jwks.json", true],
    [jwksUrl, true],
  ] as const)("keys are fetched from %s: %s", ([jwtJwksUrl, isRight]) => {
    const problems = problemsOf({ ...ISSUER, jwtAlgorithms: ["ES256"], jwtJwksUrl });
    expect(problems.map(([setting]) => setting)).toEqual(isRight ? [] : ["jwtJwksUrl"]);
  });
});

describe("issuers in a file", () => {
  test("several, with paths as seen from where it lies", async () => {
    const config = await auth(`
issuers:
  - issuer: https://one.test
    audience: gateway
    algorithms: [RS256, ES256]
    jwksUrl: https://one.test/jwks.json
  - issuer: two
    audience: [a, b]
    algorithms: [HS256]
    secretFile: secret
`);
    expect(problemsOf(config)).toEqual([]);
    expect(issuersOf(resolveConfig(config))).toMatchObject([
      { issuer: "https://one.test", audience: ["gateway"], algorithms: ["RS256", "ES256"] },
      { issuer: "two", audience: ["a", "b"], secretFile: path("secret") },
    ]);
  });

  test("says everything that is wrong at once", async () => {
    const [[setting, problem] = []] = problemsOf(
      await auth(`
issuers:
  - { issuer: "", audience: 5, algorithms: [none], jwksUrl: "http://far.test", more: 1 }
`),
    );
    expect(setting).toBe("auth");
    for (const part of [
      "issuers.0.issuer: must not be empty",
      "issuers.0.audience: must be a text or a list",
      "issuers.0.algorithms.0: must be one of RS256",
      "issuers.0.jwksUrl: must be an https:// URL",
      "more",
    ])
      expect(problem).toContain(part);
  });

  test.for([
    ["", /the file: /],
    ["issuers: []", /issuers: /],
    ["{", /cannot be read: /],
    ["issuers: [{ issuer: a, audience: b, algorithms: [HS256], secretFile: short }]", /32 or more/],
    [
      "issuers: [{ issuer: a, audience: b, algorithms: [RS256], jwksUrl: 'https://a.test' }, { issuer: a, audience: c, algorithms: [RS256], jwksUrl: 'https://b.test' }]",
      /"a" is described twice/,
    ],
  ] as const)("%s is wrong", async ([content, problem]) => {
    expect(problemsOf(await auth(content))).toEqual([["auth", expect.stringMatching(problem)]]);
  });
});

describe("API keys in a file", () => {
  const hash = `sha256:${"0".repeat(64)}`;

  test("with claims and an end, or without", async () => {
    expect(
      await keys(`keys:
  - { name: billing, hash: "${hash}", claims: { tenant: t1 }, expires: "2027-01-31T00:00:00Z" }
  - { name: reports, hash: "${hash.replace("0", "1")}" }`),
    ).toEqual([]);
  });

  test.for([
    ["", /holds no list of API keys/],
    [
      "keys: [{ name: a, hash: rql_secret }]",
      /keys\.0\.hash must be as rabbitql hash-key prints it/,
    ],
    [`keys: [{ name: "a b", hash: "${hash}" }]`, /keys\.0\.name must be 1 to 128/],
    [`keys: [{ name: a, hash: "${hash}", expires: tomorrow }]`, /keys\.0\.expires must be a time/],
    [
      `keys: [{ name: a, hash: "${hash}" }, { name: a, hash: "${hash}" }]`,
      /two keys of the name "a"/,
    ],
  ] as const)("%s is wrong, and no secret is told", async ([content, problem]) => {
    const problems = await keys(content);
    expect(problems).toEqual([["apiKeysFile", expect.stringMatching(problem)]]);
    expect(JSON.stringify(problems)).not.toContain("rql_secret");
  });
});

describe("beyond this machine", () => {
  test("the gateway listens where somebody is asked who they are, and not otherwise", () => {
    const host = "0.0.0.0";
    const issuer = { ...ISSUER, jwtAlgorithms: ["ES256" as const], jwtJwksUrl: jwksUrl };
    expect(problemsOf({ host })).toEqual([
      ["host", expect.stringMatching(/without authentication/)],
    ]);
    expect(problemsOf({ host, ...issuer })).toEqual([]);
    expect(problemsOf({ host, allowAnonymous: true })).toEqual([]);
    expect(resolveConfig({ host }, { hasHook: true }).host).toBe(host);
  });
});
