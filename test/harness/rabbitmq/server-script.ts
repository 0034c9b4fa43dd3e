import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findExecutables, isExecutable } from "../executable.ts";

/** Where packages put RabbitMQ's own scripts, beside what they put on PATH. */
const FOLDERS = [
  "/usr/lib/rabbitmq/bin", // Debian, Ubuntu, Fedora, RabbitMQ's own packages
  "/opt/rabbitmq/sbin", // the official image
  "/opt/homebrew/opt/rabbitmq/sbin", // Homebrew on Apple silicon
  "/usr/local/opt/rabbitmq/sbin", // Homebrew on Intel
  "/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin",
];

const SCRIPTS = ["rabbitmq-server", "rabbitmqctl", "rabbitmq-env"];

/**
 * RabbitMQ's own rabbitmq-server on this machine, with rabbitmqctl beside it; undefined where there is none.
 * What a package puts on PATH is often a wrapper that changes to another user, who may not write where the
 * test can: the script proper is known by rabbitmq-env in the same folder, which it reads.
 */
export async function findServerScript(
  searchPath = process.env["PATH"] ?? "",
  folders: readonly string[] = FOLDERS,
): Promise<string | undefined> {
  const onPath = await findExecutables(["rabbitmq-server"], searchPath);
  const candidates = [...folders.map((folder) => join(folder, "rabbitmq-server")), ...onPath];
  for (const candidate of candidates) {
    if (!(await isExecutable(candidate))) continue;
    const folder = dirname(await realpath(candidate));
    if (SCRIPTS.every((name) => existsSync(join(folder, name))))
      return join(folder, "rabbitmq-server");
  }
  return undefined;
}
