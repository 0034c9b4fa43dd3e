import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionTrouble } from "../../../../src/broker/rabbitmq/connection-trouble.ts";
import { dialTarget, UnusableFile } from "../../../../src/broker/rabbitmq/dial-target.ts";

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rabbitql-test-dial-target-"));
  await writeFile(path("user"), "ann\n");
  await writeFile(path("password"), " p@ss w/rd \r\n");
  await writeFile(path("pem"), "-----BEGIN …\n");
  await writeFile(path("empty"), "\n");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const url = "amqp://bob:secret@host/shop";
const bob = { isTls: false, host: "host", port: 5672, virtualHost: "shop", tls: {} };

describe("user and password", () => {
  test("are the URL's where there are no files", async () => {
    expect(await dialTarget({ url })).toEqual({ ...bob, user: "bob", password: "secret" });
  });

  test("are each the file's, but for the line break at its end", async () => {
    const amqpUserFile = path("user");
    const amqpPasswordFile = path("password");
    expect(await dialTarget({ url, amqpUserFile, amqpPasswordFile })).toEqual({
      ...bob,
      user: "ann",
      password: " p@ss w/rd ",
    });
    expect(await dialTarget({ url, amqpPasswordFile })).toMatchObject({ user: "bob" });
  });

  test("are what the file holds at that moment", async () => {
    const amqpPasswordFile = path("changing");
    for (const password of ["one", "two"]) {
      await writeFile(amqpPasswordFile, password);
      expect(await dialTarget({ url, amqpPasswordFile })).toMatchObject({ password });
    }
  });
});

const files = () => ({
  amqpCaFile: path("pem"),
  amqpCertificateFile: path("pem"),
  amqpKeyFile: path("pem"),
});

describe("TLS", () => {
  test("is checked with the files, under the host's name", async () => {
    const pem = "-----BEGIN …\n";
    expect((await dialTarget({ url: "amqps://host", ...files() })).tls).toEqual({
      servername: "host",
      ca: pem,
      cert: pem,
      key: pem,
    });
  });

  test.each([
    ["amqps://[::1]", undefined, {}],
    ["amqps://192.0.2.1", undefined, {}],
    ["amqps://192.0.2.1", "rabbit.example", { servername: "rabbit.example" }],
    ["amqps://host", "rabbit.example", { servername: "rabbit.example" }],
  ])("of %s with the server name %s", async (dialled, amqpServerName, tls) => {
    expect((await dialTarget({ url: dialled, amqpServerName })).tls).toEqual(tls);
  });

  test("has no part in a connection without it", async () => {
    expect((await dialTarget({ url, amqpCaFile: path("nowhere") })).tls).toEqual({});
  });
});

test.each([
  ["amqpUserFile", "nowhere", "the user's name"],
  ["amqpPasswordFile", "empty", "the password"],
  ["amqpCaFile", "nowhere", "the CA's certificates"],
  ["amqpCertificateFile", "empty", "the client certificate"],
  ["amqpKeyFile", ".", "the client certificate's key"],
])("%s that is %j cannot be used, and is told without its path", async (setting, name, holds) => {
  const options = { url: "amqps://bob:secret@host", [setting]: path(name) };
  const error = await dialTarget(options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UnusableFile);
  expect((error as Error).message).toContain(path(name));
  expect(connectionTrouble(error as Error)).toBe(
    `The gateway's file with ${holds} cannot be read, or is empty`,
  );
});
