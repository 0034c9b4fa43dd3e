import { describe, expect, test } from "vitest";

import { maskedUrl, maskSecrets, maskUrlCredentials } from "../../../src/telemetry/mask-secrets.ts";

describe("URLs in running text", () => {
  test.each([
    ["amqp://user:hunter2@host:5672/vhost", "amqp://***@host:5672/vhost"],
    ["amqps://user@host", "amqps://***@host"],
    ["connect amqp://u:hunter2@host failed", "connect amqp://***@host failed"],
    ["(amqp://u:hunter2@host)", "(amqp://***@host)"],
    ['{"url":"amqp://u:hunter2@host"}', '{"url":"amqp://***@host"}'],
    ["amqp://u:hunt@er2@host", "amqp://***@host"],
    ["amqp://u:hunt/er2@host", "amqp://***@host"],
    ["amqp://u:hunter2@a,amqp://u:hunter2@b", "amqp://***@b"],
    ["amqp://u:hunter2@a and HTTPS://u:hunter2@b", "amqp://***@a and HTTPS://***@b"],
  ])("%s", (text, masked) => {
    expect(maskUrlCredentials(text)).toBe(masked);
  });

  test.each(["amqp://host:5672/vhost", "me@example.com", "me@example.com amqp://host", "a@b://c"])(
    "%s has none, and stays as it is",
    (text) => {
      expect(maskUrlCredentials(text)).toBe(text);
    },
  );

  test("a text made to be searched over and over is done within the test's time", () => {
    const text = "a://".repeat(100_000);
    expect(maskSecrets(text)).toBe(text);
  });
});

describe("fields of a line of JSON", () => {
  test.each([
    { password: "hunter2" },
    { headers: { authorization: "Bearer hunter2" } },
    { headers: { Cookie: "sid=hunter2" } },
    { deep: [{ access_token: "hunter2" }] },
    { token: 'with a " and a \\ in hunter2' },
    { err: { message: "amqp://u:hunter2@host", stack: "Error: amqp://u:hunter2@host\n    at f" } },
  ])("%j", (fields) => {
    const line = JSON.stringify(fields);
    expect(line).toContain("hunter2");
    expect(maskSecrets(line)).not.toContain("hunter2");
    expect(() => JSON.parse(maskSecrets(line)) as unknown).not.toThrow();
  });

  test("others stay as they are", () => {
    const line = JSON.stringify({ queue: "gql.a.b", tokens: "12", secretary: "Ann" });
    expect(maskSecrets(line)).toBe(line);
  });
});

describe("a setting that may hold a secret", () => {
  test.each([
    ["amqp://user:hunter2@host:5672/vhost?x=hunter2", "amqp://***@host:5672/vhost"],
    ["amqp://host", "amqp://host"],
    ["amqp://user:hunter2", "***"],
    ["hunter2", "***"],
    ["user:hunter2@host", "***"],
    ["amqp://u:hunter2@a:1/v,amqps://u2:hunter2@b/w", "amqp://***@a:1/v,amqps://***@b/w"],
    ["amqp://u:hunter2@a,b:hunter2@c", "amqp://***@c"],
    ["amqp://u:1/hunter2@a", "***"],
    ["amqp://u:hunter2@a, u:hunter2", "***"],
    ["", "***"],
  ])("%j is shown as %s", (text, shown) => {
    expect(maskedUrl(text)).toBe(shown);
  });
});

describe("tokens and API keys, wherever they stand", () => {
  const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl";
  const key = `rql_${"k".repeat(43)}`;

  test.for([
    [`sent ${token}, and more`, "sent ***, and more"],
    [`{"argv":["Bearer ${token}"]}`, '{"argv":["Bearer ***"]}'],
    [`/graphql?x=${token.slice(0, -9)}`, "/graphql?x=***"],
    [`{"argv":["${key}"]}`, '{"argv":["***"]}'],
  ] as const)("%s", ([line, masked]) => {
    expect(maskSecrets(line)).toBe(masked);
  });

  test.for(["eyJ is no token", "eyJhbGci", "rql_short", "key.eyJ.x"])("%s stays", (line) => {
    expect(maskSecrets(line)).toBe(line);
  });
});
