import { expect, test } from "vitest";

import { runCommand } from "../../../src/cli/run-command.ts";
import { VERSION } from "../../../src/version.ts";
import { recordedSurroundings } from "./surroundings.ts";

test.each([[["--help"]], [["-h"]], [["schema", "--help"]], [["--port", "wrong", "--help"]]])(
  "%j prints the help, whatever else is asked",
  async (argv) => {
    const { surroundings, stdout, stderr } = recordedSurroundings();
    expect(await runCommand(argv, surroundings)).toBe(0);
    expect(stdout()).toMatch(/^Usage: rabbitql/m);
    expect(stdout()).toMatch(/^ {2}schema +Print the GraphQL schema$/m);
    expect(stdout()).toMatch(/^ {2}--amqp-url <url> +AMQP_URL/m);
    expect(stderr()).toBe("");
  },
);

test.each(["--version", "-v"])("%s prints the version", async (flag) => {
  const { surroundings, stdout } = recordedSurroundings();
  expect(await runCommand([flag], surroundings)).toBe(0);
  expect(stdout()).toBe(`${VERSION}\n`);
});

test("a command that is none is refused, with the one that was meant", async () => {
  const { surroundings, stderr } = recordedSurroundings();
  expect(await runCommand(["shcema"], surroundings)).toBe(1);
  expect(stderr()).toBe(
    "rabbitql: no such command: shcema; did you mean schema? (see rabbitql --help)\n",
  );
});

test("a secret in the place of a command is not printed", async () => {
  const { surroundings, stderr } = recordedSurroundings();
  expect(await runCommand(["amqp://user:hunter2@host"], surroundings)).toBe(1);
  expect(stderr()).toMatch(/no such command/);
  expect(stderr()).not.toContain("hunter2");
});

test("the schema is printed by itself", async () => {
  const { surroundings, stdout, stderr } = recordedSurroundings();
  expect(await runCommand(["schema"], surroundings)).toBe(0);
  expect(stdout()).toMatch(/^type Mutation \{$/m);
  expect(stderr()).toBe("");
});

test("the schema takes no arguments", async () => {
  const { surroundings, stdout, stderr } = recordedSurroundings();
  expect(await runCommand(["schema", "--port", "1"], surroundings)).toBe(1);
  expect(stderr()).toBe("rabbitql schema: takes no arguments\n");
  expect(stdout()).toBe("");
});

test.each([[["--port", "http"]], [["serve", "--port", "http"]]])(
  "%j is the gateway, which says all that is wrong with its settings",
  async (argv) => {
    const { surroundings, stdout, stderr } = recordedSurroundings({ RABBITQL_LOG_LEVEL: "loud" });
    expect(await runCommand(argv, surroundings)).toBe(1);
    expect(stderr()).toMatch(
      /^rabbitql: 2 settings are wrong:\n {2}RABBITQL_LOG_LEVEL "loud": .*\n {2}--port "http": .*\nSee rabbitql --help\.\n$/,
    );
    expect(stdout()).toBe("");
  },
);
