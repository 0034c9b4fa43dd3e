import { once } from "node:events";
import { readFileSync } from "node:fs";

import { afterEach, describe, expect, test } from "vitest";

import { printSchema } from "../../src/schema/schema.ts";
import { VERSION } from "../../src/version.ts";
import { COMMAND, killCommands, rabbitql } from "../harness/command.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { takenPort } from "../harness/taken-port.ts";

const PASSWORD = "hunter2";

afterEach(killCommands);

describe("what it prints and is done", () => {
  test("--help names the commands and the settings", async () => {
    const { code, stdout, stderr } = await rabbitql(["--help"]).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/Usage: rabbitql[^]*\n {2}schema [^]*--amqp-url <url> +AMQP_URL/);
    expect(stderr).toBe("");
  });

  test("--version is the package's", async () => {
    expect(await rabbitql(["--version"]).ended).toEqual({
      code: 0,
      stdout: `${VERSION}\n`,
      stderr: "",
    });
  });

  test("schema is the schema", async () => {
    expect(await rabbitql(["schema"]).ended).toEqual({
      code: 0,
      stdout: printSchema(),
      stderr: "",
    });
  });

  test("a reader that goes away early is no failure", async () => {
    const { child, ended } = rabbitql(["schema"]);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  test("it can be run by its name", () => {
    expect(readFileSync(COMMAND, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe("what it refuses, with exit code 1", () => {
  test("wrong settings, all of them at once and without secrets", async () => {
    const { code, stdout, stderr } = await rabbitql(["--port", "http", "--prot=1"], {
      AMQP_URL: `http://user:${PASSWORD}@localhost`,
      RABBITQL_LOG_LEVL: "info",
    }).ended;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trimEnd().split("\n")).toEqual([
      "rabbitql: 4 settings are wrong:",
      "  --prot: no such flag; did you mean --port?",
      "  RABBITQL_LOG_LEVL: no such setting; did you mean RABBITQL_LOG_LEVEL?",
      expect.stringMatching(/^ {2}AMQP_URL "http:\/\/\*\*\*@localhost\/": expected an amqp:\/\//),
      '  --port "http": expected a whole number from 0 to 65535',
      "See rabbitql --help.",
    ]);
  });

  test.each([[["--host", "0.0.0.0"]], [["--host=::"]]])(
    "to listen beyond this machine: %j",
    async (args) => {
      const { code, stderr } = await rabbitql([...args, "--port=0"]).ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /without authentication, listening on .* would let anyone .*--allow-anonymous/,
      );
    },
  );

  test("a port that is taken, in one line that says what to do", async () => {
    const { server, port } = await takenPort();
    try {
      const { code, stdout, stderr } = await rabbitql([], { PORT: String(port) }).ended;
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toMatch(
        new RegExp(`^rabbitql: port ${port} on 127\\.0\\.0\\.1 is taken; .*--port.*\\n$`),
      );
    } finally {
      server.close();
    }
  });
});

describe("running", () => {
  const READY = /^GraphiQL (?<url>http:\/\/\S+)\n/m;

  test.each(["SIGTERM", "SIGINT"] as const)(
    "on the embedded broker it says so and where GraphiQL is, and %s ends it with exit code 0",
    async (signal) => {
      const { child, ended, prints } = rabbitql(["--port", "0"]);
      const url = (await prints(READY)).groups?.url ?? "";
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ broker { kind } }" }),
      });
      expect(await answer.json()).toEqual({ data: { broker: { kind: "EMBEDDED" } } });

      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^rabbitql \S+ on the embedded broker \(nothing is kept .*\)\nGraphiQL http:\/\/127\.0\.0\.1:\d+\/graphql\n$/,
      );
      for (const line of stderr.trimEnd().split("\n")) {
        expect(JSON.parse(line)).toMatchObject({ name: "rabbitql", level: expect.any(String) });
      }
    },
  );

  test("on an address of IPv6 the URL can be opened", async () => {
    const { prints } = rabbitql(["--port=0", "--host=::1"]);
    const url = (await prints(READY)).groups?.url ?? "";
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/graphql$/);
    expect((await fetch(new URL("/livez", url))).status).toBe(200);
  });

  test("beyond this machine, where that is wanted, the URL is one for this machine", async () => {
    const { prints } = rabbitql(["--port=0", "--host=0.0.0.0", "--allow-anonymous"]);
    const url = (await prints(READY)).groups?.url ?? "";
    expect(url).toMatch(/^http:\/\/localhost:\d+\/graphql$/);
    expect((await fetch(new URL("/livez", url))).status).toBe(200);
  });

  test("with a RabbitMQ that is down it starts, logs no password, and still stops", async () => {
    const { server, port } = await takenPort();
    const dialled = once(server, "connection").then(() => server.close());
    const { child, ended, prints } = rabbitql(["--port=0", "--log-level=trace"], {
      AMQP_URL: `amqp://user:${PASSWORD}@127.0.0.1:${port}/shop`,
    });
    server.on("connection", (socket) => socket.destroy());
    const [line] = await prints(/^rabbitql .*\n/);
    expect(line).toContain(`on RabbitMQ at 127.0.0.1:${port}, virtual host "shop"`);
    await dialled;
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).not.toBe("");
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  test("with AMQP_URL it is ready once it is connected to that RabbitMQ", async () => {
    const { amqpUrl } = sharedRabbitMq();
    const { child, ended, prints } = rabbitql(["--port=0"], { AMQP_URL: amqpUrl });
    const url = (await prints(READY)).groups?.url ?? "";
    await eventually(async () => expect((await fetch(new URL("/readyz", url))).status).toBe(200));
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toContain(` on RabbitMQ at ${new URL(amqpUrl).host}, virtual host "/"\n`);
  });

  test("with a password that RabbitMQ refuses it says so in its log, and does not say which", async () => {
    const amqpUrl = new URL(sharedRabbitMq().amqpUrl);
    amqpUrl.password = PASSWORD;
    const { child, ended, logs } = rabbitql(["--port=0", "--log-level=trace"], {
      AMQP_URL: amqpUrl.href,
    });
    await logs(/ACCESS.REFUSED/);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(PASSWORD);
  });
});
