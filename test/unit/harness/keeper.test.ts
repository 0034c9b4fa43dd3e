import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { keepUntilExit } from "../../harness/keeper.ts";

const KEEPER = fileURLToPath(import.meta.resolve("../../harness/keeper.ts"));

describe("a keeper", () => {
  let kept: string;

  beforeEach(async () => {
    kept = await mkdtemp(join(tmpdir(), "rabbitql-test-kept-"));
    return () => rm(kept, { recursive: true, force: true });
  });

  test("ends what it keeps when it is released, however often", async () => {
    const keeper = keepUntilExit('rmdir "$1"', [kept]);
    expect(existsSync(kept)).toBe(true);
    await keeper.release();
    expect(existsSync(kept)).toBe(false);
    await keeper.release();
  });

  test.for(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "ends what it keeps when its process gets a %s",
    { timeout: 20_000 },
    async (signal) => {
      const program = `
        import { keepUntilExit } from ${JSON.stringify(KEEPER)};
        keepUntilExit('rmdir "$1"', [${JSON.stringify(kept)}]);
        console.log("kept");
        setInterval(() => {}, 1_000);`;
      const child = spawn(
        process.execPath,
        ["--import", "tsx", "--input-type=module", "--eval", program],
        { stdio: ["ignore", "pipe", "inherit"], detached: true },
      );
      await once(child.stdout, "data");
      expect(existsSync(kept)).toBe(true);
      if (child.pid !== undefined) process.kill(-child.pid, signal);
      await eventually(() => expect(existsSync(kept)).toBe(false));
    },
  );
});
