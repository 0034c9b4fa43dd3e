import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../run/places.ts";

/** Formats files as the repository's gate wants them. */
export function formatFiles(...paths: readonly string[]): void {
  const command = join(ROOT, "node_modules/.bin/oxfmt");
  const { status } = spawnSync(command, paths, { cwd: ROOT, stdio: ["ignore", "ignore", 2] });
  if (status !== 0) throw new Error(`${command} ${paths.join(" ")} failed`);
}
