import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { installDebianPackage } from "../../harness/debian-package.ts";

describe("installing a Debian package", () => {
  let folder: string;
  let policyFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-test-apt-"));
    await mkdir(join(folder, "bin"));
    policyFile = join(folder, "policy-rc.d");
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    return async () => {
      said.mockRestore();
      await rm(folder, { recursive: true });
    };
  });

  /** An apt-get that notes how it was called and what the policy says to a package's service meanwhile. */
  async function installWith(lastCommand: string): Promise<string[]> {
    const aptGet = join(folder, "bin", "apt-get");
    const log = join(folder, "log");
    await writeFile(
      aptGet,
      `#!/bin/sh
      code=0; "${policyFile}" rabbitmq-server start || code=$?
      echo "$* [$DEBIAN_FRONTEND, services: $code]" >> "${log}"
      cp "${policyFile}" "${folder}/policy-seen"
      ${lastCommand}`,
    );
    await chmod(aptGet, 0o755);
    try {
      await installDebianPackage("rabbitmq-server", {
        policyFile,
        searchPath: `${join(folder, "bin")}:/usr/bin:/bin`,
      });
    } finally {
      expect(existsSync(`${policyFile}.kept`)).toBe(false);
    }
    return (await readFile(log, "utf8")).trim().split("\n");
  }

  test("updates, installs without recommendations, and lets no service start", async () => {
    expect(await installWith("exit 0")).toEqual([
      "update [noninteractive, services: 101]",
      "install -y --no-install-recommends -o DPkg::Lock::Timeout=300 rabbitmq-server [noninteractive, services: 101]",
    ]);
    expect(existsSync(policyFile)).toBe(false);
  });

  test("puts back the policy that was there, even when apt-get fails", async () => {
    await writeFile(policyFile, "#!/bin/sh\nexit 104\n");
    await chmod(policyFile, 0o744);
    await expect(installWith("echo no such package >&2; exit 100")).rejects.toThrow(
      "no such package",
    );
    expect(await readFile(policyFile, "utf8")).toBe("#!/bin/sh\nexit 104\n");
    expect((await stat(policyFile)).mode & 0o777).toBe(0o744);
  });

  test("puts it back when it is told to stop", async () => {
    await writeFile(policyFile, "#!/bin/sh\nexit 104\n");
    await chmod(policyFile, 0o755);
    await expect(installWith('kill -s TERM "$PPID"')).rejects.toThrow("Command failed");
    expect(await readFile(policyFile, "utf8")).toBe("#!/bin/sh\nexit 104\n");
  });

  test("leaves services startable even when it is killed", async () => {
    await expect(installWith('kill -s KILL "$PPID"')).rejects.toThrow("Command failed");
    expect(spawnSync(policyFile, ["rabbitmq-server", "start"]).status).toBe(0);
  });
});
