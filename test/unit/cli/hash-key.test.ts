import { expect, test } from "vitest";
import { apiKeysIn } from "../../../src/access/api-key-file.ts";
import { hashOfApiKey } from "../../../src/access/api-key-hash.ts";
import { runCommand } from "../../../src/cli/run-command.ts";
import { recordedSurroundings } from "./surroundings.ts";

test("a key is made, told once, and its entry is what the file of keys takes", async () => {
  const { surroundings, stdout, stderr } = recordedSurroundings();
  expect(await runCommand(["hash-key", "billing"], surroundings)).toBe(0);
  expect(stderr()).toBe("");
  const [key = "", ...entry] = stdout().split("\n");
  expect(key).toMatch(/^rql_[\w-]{43}$/);
  const [known] = apiKeysIn(Buffer.from(`keys:\n${entry.map((line) => `  ${line}`).join("\n")}`));
  expect(known?.caller).toMatchObject({ id: "api-key:billing", claims: { sub: "billing" } });
  expect(`sha256:${known?.digest.toString("hex")}`).toBe(hashOfApiKey(key));
});

test("two keys are not the same", async () => {
  const keys = new Set<string>();
  for (let count = 0; count < 2; count++) {
    const { surroundings, stdout } = recordedSurroundings();
    await runCommand(["hash-key", "billing"], surroundings);
    keys.add(stdout());
  }
  expect(keys.size).toBe(2);
});

test.for([[], ["two words"], ["a", "b"], [""], [`rql_${"x".repeat(200)}`]])(
  "%j names no key, and is not said again",
  async (args) => {
    const { surroundings, stdout, stderr } = recordedSurroundings();
    expect(await runCommand(["hash-key", ...args], surroundings)).toBe(1);
    expect(stdout()).toBe("");
    expect(stderr()).toMatch(/^rabbitql hash-key: takes the key's name/);
    expect(stderr()).not.toContain("xxxx");
  },
);
