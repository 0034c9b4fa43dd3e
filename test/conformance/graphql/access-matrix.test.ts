import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base64url, SignJWT } from "jose";
import type { FormattedExecutionResult } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashOfApiKey, newApiKey } from "../../../src/access/api-key-hash.ts";
import { schema } from "../../../src/schema/schema.ts";
import { startGateway, type TestGateway } from "../../harness/gateway.ts";
import { ROOT_FIELD_ROWS, type RootFieldRow } from "./support/root-field-rows.ts";

const ISSUER = "https://issuer.test";
const AUDIENCE = "https://gateway.test";
const KEY = newApiKey();
const HOOK_HEADER = "x-hook";
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const EVERYTHING = [
  { allow: ["publish", "subscribe", "request", "configure", "read"], exchanges: "granted.#" },
  { allow: ["publish", "consume", "configure", "read"], queues: "granted.#" },
  { allow: "read", broker: true },
];
const POLICY = {
  version: 1,
  rules: [
    { name: "anonymous", callers: { kind: "anonymous" }, grants: EVERYTHING },
    { name: "tenants", callers: { claims: { tenant: "granted" } }, grants: EVERYTHING },
    {
      name: "who prepares it",
      callers: { claims: { role: "admin" } },
      grants: [
        { allow: ["publish", "subscribe", "configure"], exchanges: "#" },
        { allow: ["publish", "configure", "consume"], queues: "#" },
      ],
    },
  ],
};

type Headers = Record<string, string>;
const bearer = (credential: string): Headers => ({ authorization: `Bearer ${credential}` });

async function token(
  claims: Record<string, unknown> = {},
  { key = privateKey, alg = "ES256" }: { key?: KeyObject | Uint8Array; alg?: string } = {},
): Promise<string> {
  return await new SignJWT({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "ada",
    tenant: "granted",
    exp: Math.floor(Date.now() / 1000) + 600,
    ...claims,
  })
    .setProtectedHeader({ alg })
    .sign(key);
}

/** Who shows what they are. */
const CALLERS: Readonly<Record<string, () => Promise<Headers> | Headers>> = {
  anonymous: () => ({}),
  token: async () => bearer(await token()),
  "api-key": () => bearer(KEY),
  hook: () => ({ [HOOK_HEADER]: "granted" }),
};

/** Who shows what is worth nothing, and is therefore not even anonymous. */
const IMPOSTORS: Readonly<Record<string, () => Promise<Headers> | Headers>> = {
  expired: async () => bearer(await token({ exp: Math.floor(Date.now() / 1000) - 1 })),
  forged: async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return bearer(await token({}, { key: other.privateKey }));
  },
  "of a wrong audience": async () => bearer(await token({ aud: "https://other.test" })),
  "of algorithm none": async () => {
    const [, claims] = (await token()).split(".");
    return bearer(`${base64url.encode('{"alg":"none"}')}.${claims}.`);
  },
  "of confusion: the public key as a secret": async () => {
    const pem = publicKey.export({ type: "spki", format: "pem" });
    return bearer(await token({}, { key: Buffer.from(pem), alg: "HS256" }));
  },
  "of an API key that is none": () => bearer(newApiKey()),
};

let folder: string;
let granting: TestGateway;
let denying: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rabbitql-test-matrix-"));
  const written = async (name: string, content: string | Buffer) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const setup = {
    broker: "embedded",
    allowAnonymous: true,
    jwtIssuer: ISSUER,
    jwtAudience: [AUDIENCE],
    jwtAlgorithms: ["ES256"] as const,
    jwtKeyFile: await written("key.pem", publicKey.export({ type: "spki", format: "pem" })),
    apiKeysFile: await written(
      "keys.json",
      JSON.stringify({
        keys: [{ name: "machine", hash: hashOfApiKey(KEY), claims: { tenant: "granted" } }],
      }),
    ),
    authenticate: ({ headers }: { headers: NodeJS.Dict<string | string[]> }) => {
      const shown = headers[HOOK_HEADER];
      if (shown === "admin") return { id: "admin", claims: { role: "admin" } };
      return typeof shown === "string" ? { id: shown, claims: { tenant: shown } } : undefined;
    },
  } as const;
  granting = await startGateway({
    ...setup,
    policy: await written("policy.json", JSON.stringify(POLICY)),
  });
  denying = await startGateway({
    ...setup,
    policy: await written("nothing.json", JSON.stringify({ version: 1, rules: [] })),
  });
  for (const place of ["granted", "secret"]) {
    const admin = { [HOOK_HEADER]: "admin" };
    await asked(granting, admin, row("Mutation.declareExchange"), place);
    await asked(granting, admin, row("Mutation.declareQueue"), place);
    await asked(granting, admin, row("Mutation.bind"), place);
    await asked(
      granting,
      admin,
      {
        ...row("Mutation.declareQueue"),
        variables: () => ({ input: { name: `${place}.purged` } }),
      },
      place,
    );
  }
});
afterAll(async () => {
  await granting.close();
  await denying.close();
  await rm(folder, { recursive: true, force: true });
});

function row(field: string): RootFieldRow {
  const found = ROOT_FIELD_ROWS[field];
  if (!found) throw new Error(`no row for ${field}`);
  return found;
}

const rows = Object.entries(ROOT_FIELD_ROWS);
const codesOf = ({ errors = [] }: FormattedExecutionResult) =>
  errors.map(({ extensions }) => extensions?.["code"]);

/** The first result, over HTTP, or over SSE where it is a subscription. */
async function asked(
  { graphqlUrl }: TestGateway,
  headers: Headers,
  { document, variables, tells }: RootFieldRow,
  place: string,
): Promise<FormattedExecutionResult> {
  const isSubscription = document.startsWith("subscription");
  const aborting = new AbortController();
  const response = await fetch(graphqlUrl, {
    method: "POST",
    headers: {
      ...headers,
      "content-type": "application/json",
      accept: isSubscription ? "text/event-stream" : "application/json",
    },
    body: JSON.stringify({ query: document, variables: variables(place) }),
    signal: aborting.signal,
  });
  if (!isSubscription || !response.headers.get("content-type")?.includes("event-stream"))
    return (await response.json()) as FormattedExecutionResult;
  // By now it is live, or refused.
  if (tells) void asked(granting, { [HOOK_HEADER]: "admin" }, row("Mutation.publish"), place);
  const reader = response.body?.getReader();
  for (let text = ""; ;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) throw new Error(`The stream ended with nothing told: ${text}`);
    text += Buffer.from(value).toString();
    const [, data] = /^data:\s*(\{.*\})$/m.exec(text) ?? [];
    if (data === undefined) continue;
    aborting.abort();
    return JSON.parse(data) as FormattedExecutionResult;
  }
}

test("each root field has a row", () => {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = types.flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
  );
  expect(Object.keys(ROOT_FIELD_ROWS).toSorted()).toEqual(fields.toSorted());
});

describe.each(Object.entries(CALLERS))("%s", (_kind, headers) => {
  test.each(rows)("%s, granted", async (_field, asking) => {
    const result = await asked(granting, await headers(), asking, "granted");
    expect(codesOf(result)).toEqual(asking.allowed ?? []);
    expect(JSON.stringify(result)).not.toContain("secret");
  });

  test.each(rows)("%s, with nothing granted", async (_field, asking) => {
    const result = await asked(denying, await headers(), asking, "granted");
    const denied = asking.denied ?? ["FORBIDDEN"];
    expect(codesOf(result)).toEqual(denied);
    const told = Object.values(result.data ?? {}).flat();
    expect(told.filter((item) => item !== null)).toEqual([]);
  });

  test.each(rows.filter(([, { isOfNoPlace = false }]) => !isOfNoPlace))(
    "%s, of another, whether or not it is there",
    async (_field, asking) => {
      const there = await asked(granting, await headers(), asking, "secret");
      const not = await asked(granting, await headers(), asking, "secrot");
      expect(codesOf(there)).toEqual(asking.denied ?? ["FORBIDDEN"]);
      expect(JSON.stringify(not).replaceAll("secrot", "secret")).toBe(JSON.stringify(there));
    },
  );
});

describe.each(Object.entries(IMPOSTORS))("a token %s", (_kind, headers) => {
  test.each(rows)("%s", async (_field, asking) => {
    const result = await asked(granting, await headers(), asking, "granted");
    expect(codesOf(result)).toEqual(["UNAUTHENTICATED"]);
    expect(result.data ?? null).toBeNull();
  });
});
