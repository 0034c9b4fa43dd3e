import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { resolveConfig } from "../../../src/config/config.ts";
import { createAuthority } from "../../harness/certificates.ts";
import { problemsOf } from "./problems-of.ts";

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rabbitql-test-config-"));
  const authority = createAuthority("authority");
  const [one, other] = [authority.issue("one"), authority.issue("other")];
  const files = {
    user: "ann\n",
    password: "hunter2\n",
    empty: "\n",
    ca: authority.certificate,
    certificate: `${one.certificate}${authority.certificate}`,
    key: one.key,
    "other-key": other.key,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const amqpUrl = "amqps://ann@one/shop,amqps://ann@two/shop";
const all = () => ({
  amqpUrl,
  amqpUserFile: path("user"),
  amqpPasswordFile: path("password"),
  amqpCaFile: path("ca"),
  amqpCertificateFile: path("certificate"),
  amqpKeyFile: path("key"),
  amqpServerName: "rabbit.example",
});

test("everything together is right", () => {
  expect(problemsOf(all())).toEqual([]);
  expect(resolveConfig(all())).toMatchObject(all());
});

describe("several brokers", () => {
  test("are ways to one virtual host", () => {
    expect(problemsOf({ amqpUrl: "amqp://one/shop,amqp://two/bank" })).toEqual([
      ["amqpUrl", expect.stringMatching(/"shop" and "bank"; .*the same in each/)],
    ]);
    for (const right of ["amqp://one,amqp://two/", "amqp://one,amqps://two/%2f"])
      expect(problemsOf({ amqpUrl: right })).toEqual([]);
  });

  test.each(["amqp://one,two", "amqp://one,http://two", "amqp://one,amqp://", "amqp://one,"])(
    "are each written in full: %s",
    (wrong) => {
      expect(problemsOf({ amqpUrl: wrong })).toEqual([
        ["amqpUrl", expect.stringMatching(/^expected an amqp:.*several with commas/)],
      ]);
    },
  );

  test("show no secret of any of them where they are wrong", () => {
    const wrong = "amqp://ann:hunter2@one/a,amqp://bob:hunter3@two/b";
    expect(() => resolveConfig({ amqpUrl: wrong })).toThrow(
      /amqpUrl "amqp:\/\/\*\*\*@one\/a,amqp:\/\/\*\*\*@two\/b": names the virtual hosts/,
    );
  });
});

describe("files", () => {
  test.each([["amqpUserFile"], ["amqpPasswordFile"]] as const)(
    "%s goes with a RabbitMQ",
    (name) => {
      expect(problemsOf({ [name]: path("user") })).toEqual([
        [name, expect.stringMatching(/^goes with a RabbitMQ; name one in amqpUrl/)],
      ]);
    },
  );

  test.each(["amqpCaFile", "amqpServerName"] as const)("%s goes with TLS", (name) => {
    const { [name]: value } = all();
    for (const without of [{}, { amqpUrl: "amqp://one" }])
      expect(problemsOf({ ...without, [name]: value })).toEqual([
        [name, expect.stringMatching(/^goes with TLS; name an amqps:\/\/ URL in amqpUrl/)],
      ]);
    expect(problemsOf({ amqpUrl: "amqp://one,amqps://two", [name]: value })).toEqual([]);
  });

  test.each(["amqpCertificateFile", "amqpKeyFile"] as const)("%s does not go alone", (name) => {
    const { [name]: value } = all();
    expect(problemsOf({ amqpUrl, [name]: value })).toEqual([
      [name, expect.stringMatching(/set both amqpCertificateFile and amqpKeyFile, or neither/)],
    ]);
  });

  test.each([
    ["amqpUserFile", "empty", "does not hold a user's name"],
    ["amqpPasswordFile", "empty", "does not hold a password"],
    ["amqpPasswordFile", "nowhere", "cannot be read: ENOENT"],
    ["amqpCaFile", ".", "cannot be read: EISDIR"],
    ["amqpCaFile", "user", "does not hold a certificate (PEM)"],
    ["amqpCertificateFile", "key", "does not hold a certificate (PEM)"],
    ["amqpKeyFile", "certificate", "does not hold a private key (PEM, without a passphrase)"],
    ["amqpKeyFile", "other-key", "the key is not that of the certificate in amqpCertificateFile"],
  ] as const)("%s that is %j is told at the start, once", (name, file, problem) => {
    expect(problemsOf({ ...all(), [name]: path(file) })).toEqual([
      [name, expect.stringContaining(problem)],
    ]);
  });
});

test("a URL that is wrong by itself is all that is wrong", () => {
  expect(problemsOf({ ...all(), amqpUrl: "amqps://" }).map(([setting]) => setting)).toEqual([
    "amqpUrl",
  ]);
});
