import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { BENCH, GATEWAY, ROOT } from "./places.ts";

/**
 * Installs the peers where they are missing or out of date, and compiles the programs that are measured: under
 * a loader that compiles as it loads, they would be slower than as they would be run in earnest.
 * @throws where the gateway has not been built.
 */
export function prepare(): void {
  if (!existsSync(GATEWAY)) throw new Error(`${GATEWAY} is not there: run npm run build first`);
  if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  run(process.execPath, [
    join(ROOT, "node_modules/typescript/bin/tsc"),
    "-p",
    "tsconfig.build.json",
  ]);
}

function isInstalled(): boolean {
  const installed = join(BENCH, "node_modules/.package-lock.json");
  return (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(BENCH, "package-lock.json")).mtimeMs
  );
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: BENCH, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed in ${BENCH}`);
}
