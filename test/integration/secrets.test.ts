import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "graphql-ws";
import { SignJWT } from "jose";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { hashOfApiKey, newApiKey } from "../../src/access/api-key-hash.ts";
import { killCommands, rabbitql } from "../harness/command.ts";
import { eventually } from "../harness/eventually.ts";
import { createBrokerUser } from "../harness/rabbitmq/broker-user.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";

const ISSUER = "https://issuer.test";
const PASSWORD = "p4ss/w@rd-of-the-broker";
const MANAGEMENT_PASSWORD = "m4nag3ment-passw0rd";
const CURSOR_SECRET = "cursor-secret-0123456789abcdef";
const JWT_SECRET = "jwt-secret-0123456789abcdef0123456789abcdef";

/** Loaded before the program: at SIGUSR2 something fails that nobody catches, with secrets in what it says. */
const CRASH = `data:text/javascript,${encodeURIComponent(`
  process.on("SIGUSR2", () => {
    const cause = new Error("as " + process.env.AMQP_URL + " with Bearer " + process.env.SHOWN_TOKEN);
    throw Object.assign(new Error("no way to " + process.env.AMQP_URL, { cause }), {
      headers: { authorization: "Basic dXNlcjpwYXNz", cookie: process.env.SHOWN_TOKEN },
      password: decodeURIComponent(new URL(process.env.AMQP_URL).password),
    });
  });
`)}`;

afterEach(killCommands);

test("no secret is in anything that the command emits, whatever it is asked, as it fails and as it crashes", async () => {
  const folder = await temporaryFolder();
  const virtualHost = await createVirtualHost(sharedRabbitMq());
  const user = await createBrokerUser(virtualHost, PASSWORD);
  onTestFinished(async () => {
    // It is gone already where the test has come so far.
    await user.remove().catch(() => {});
    await virtualHost.dispose();
  });
  const apiKey = newApiKey();
  const written = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const management = new URL(virtualHost.managementUrl);
  management.username = user.name;
  management.password = MANAGEMENT_PASSWORD;

  const now = Math.floor(Date.now() / 1000);
  const token = (secret: string, claims = {}) =>
    new SignJWT({ iss: ISSUER, aud: "gateway", sub: "ada", iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from(secret));
  const good = await token(JWT_SECRET);
  const shown = [
    good,
    apiKey,
    await token(JWT_SECRET, { exp: now - 60 }),
    await token(JWT_SECRET, { aud: "another" }),
    await token("another-secret-0123456789abcdef0123456789"),
    newApiKey(),
    "no.such.token-of-anybody",
    `${good}garbage`,
  ];

  const { child, ended, prints, logs } = rabbitql(
    [
      "--port=0",
      "--log-level=trace",
      "--jwt-audience=gateway",
      "--jwt-algorithms=HS256",
      `--jwt-issuer=${ISSUER}`,
      `--jwt-secret-file=${await written("jwt.secret", JWT_SECRET)}`,
      `--api-keys-file=${await written("keys.yaml", `keys: [{ name: m, hash: "${hashOfApiKey(apiKey)}" }]`)}`,
    ],
    {
      AMQP_URL: user.amqpUrl,
      RABBITQL_MANAGEMENT_URL: management.href,
      RABBITQL_CURSOR_SECRET: CURSOR_SECRET,
      NODE_OPTIONS: `--import=${CRASH}`,
      SHOWN_TOKEN: good,
    },
  );
  const [, url = ""] = await prints(/GraphiQL (http:\/\/[^/]+)\//);
  const emitted: string[] = [];
  const take = async (response: Response) => {
    const headers = JSON.stringify([...response.headers]);
    emitted.push(headers, await response.text());
    return response.status;
  };
  await eventually(async () => expect(await take(await fetch(`${url}/readyz`))).toBe(200));

  const query =
    '{ broker { kind virtualHost connections { name reason } } exchanges { name } queue(name: "none") { name } }';
  for (const credential of shown) {
    const post = (path: string, authorization: string) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: JSON.stringify({ query }),
      });
    const isGood = credential === good || credential === apiKey;
    expect(await take(await post("/graphql", `Bearer ${credential}`))).toBe(isGood ? 200 : 401);
    await take(await post("/graphql", `Basic ${credential}`));
    expect(await take(await post(`/graphql?access_token=${credential}`, ""))).toBe(400);
    emitted.push(await overWebSocket(url, credential));
  }
  emitted.push(execFileSync("ps", ["-o", "args=", "-p", String(child.pid)], { encoding: "utf8" }));

  // As it fails: the broker takes the password no more, and the connections are gone.
  await user.remove();
  await logs(/ACCESS[_-]REFUSED|refused/i);
  await eventually(async () => expect(await take(await fetch(`${url}/readyz`))).toBe(503));
  await take(await fetch(`${url}/metrics`));

  child.kill("SIGUSR2");
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(1);
  expect(stderr).toContain("the gateway failed");
  emitted.push(stdout, stderr);

  const everything = emitted.join("\n");
  expect(everything).toContain("rabbitql_unauthenticated_total");
  const secrets = [PASSWORD, MANAGEMENT_PASSWORD, CURSOR_SECRET, JWT_SECRET, ...shown];
  const found = secrets.flatMap(formsOf).filter((form) => everything.includes(form));
  expect(found).toEqual([]);
});

/** What a client is told that shows the credential in `connection_init`. */
async function overWebSocket(url: string, credential: string): Promise<string> {
  const told: string[] = [];
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${credential}` },
    on: { message: (message) => told.push(JSON.stringify(message)) },
  });
  try {
    for await (const result of client.iterate({ query: "{ broker { kind } }" }))
      told.push(JSON.stringify(result));
  } catch (closed) {
    const { code, reason } = closed as CloseEvent;
    told.push(`${code} ${reason}`);
  }
  await client.dispose();
  return told.join("\n");
}

/** A secret as it is, and as URLs and Basic authentication have it. */
function formsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64url")];
}
