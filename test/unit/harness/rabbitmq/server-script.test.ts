import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { findServerScript } from "../../../harness/rabbitmq/server-script.ts";

describe("RabbitMQ's own scripts", () => {
  let root: string;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "rabbitql-test-scripts-")));
    return () => rm(root, { recursive: true });
  });

  async function put(...names: string[]): Promise<void> {
    for (const name of names) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), "#!/bin/sh\n");
      await chmod(join(root, name), 0o755);
    }
  }

  const putScripts = (folder: string) =>
    put(...["rabbitmq-server", "rabbitmqctl", "rabbitmq-env"].map((name) => `${folder}/${name}`));

  const find = () => findServerScript(join(root, "sbin"), [join(root, "lib/bin")]);

  test("are preferred to a package's wrapper on PATH", async () => {
    await put("sbin/rabbitmq-server", "sbin/rabbitmqctl");
    await putScripts("lib/bin");
    expect(await find()).toBe(join(root, "lib/bin/rabbitmq-server"));
  });

  test("are found through a link on PATH, in the folder that the link leads to", async () => {
    await putScripts("opt/rabbitmq/sbin");
    await mkdir(join(root, "sbin"));
    await symlink(
      join(root, "opt/rabbitmq/sbin/rabbitmq-server"),
      join(root, "sbin/rabbitmq-server"),
    );
    expect(await find()).toBe(join(root, "opt/rabbitmq/sbin/rabbitmq-server"));
  });

  test("are found beside the wrapper that a link on PATH leads to", async () => {
    await putScripts("usr/lib");
    await put("usr/lib/script-wrapper");
    await mkdir(join(root, "sbin"));
    await symlink(join(root, "usr/lib/script-wrapper"), join(root, "sbin/rabbitmq-server"));
    expect(await find()).toBe(join(root, "usr/lib/rabbitmq-server"));
  });

  test("are not taken to be there where only a wrapper is", async () => {
    await put("sbin/rabbitmq-server", "sbin/rabbitmqctl");
    expect(await find()).toBeUndefined();
  });
});
