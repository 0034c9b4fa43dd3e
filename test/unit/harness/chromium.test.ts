import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { findChromium } from "../../harness/chromium.ts";

describe("the Chromium of the browser tests", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-test-chromium-"));
    vi.stubEnv("PATH", folder);
    vi.stubEnv("CHROMIUM_PATH", undefined);
    return async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    };
  });

  async function put(name: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, "#!/bin/sh\n");
    await chmod(path, 0o755);
    return path;
  }

  test("is the one that CHROMIUM_PATH names", async () => {
    await put("chromium");
    const named = await put("my-browser");
    vi.stubEnv("CHROMIUM_PATH", named);
    expect(await findChromium()).toBe(named);
  });

  test("is not another where CHROMIUM_PATH names none", async () => {
    await put("chromium");
    vi.stubEnv("CHROMIUM_PATH", join(folder, "missing"));
    await expect(findChromium()).rejects.toThrow(/CHROMIUM_PATH is ".*missing"/);
  });

  test("is the one on PATH, Chromium before Chrome", async () => {
    const chrome = await put("google-chrome");
    expect(await findChromium()).toBe(chrome);
    const chromium = await put("chromium");
    expect(await findChromium()).toBe(chromium);
  });
});
