import { execFileSync } from "node:child_process";
import { unpublishable } from "./unpublishable.ts";

/** Everything that must be so before a version is published. Ends with code 1 where something is not. */
const npm = (...args: string[]): string =>
  execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

function check(what: string, passes: () => readonly string[]): void {
  let problems: readonly string[];
  try {
    problems = passes();
  } catch (thrown) {
    const told = thrown instanceof Error && "stdout" in thrown ? String(thrown.stdout) : "";
    problems = [told.trim() || String(thrown)];
  }
  process.stdout.write(`${problems.length === 0 ? "ok  " : "FAIL"} ${what}\n`);
  for (const problem of problems) process.stdout.write(`     ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

check("what is installed is what the lockfile says (npm ls)", () => {
  npm("ls", "--all", "--omit=dev");
  return [];
});
check("what would be published is what should be (npm pack)", () => {
  const [packed] = JSON.parse(npm("pack", "--dry-run", "--ignore-scripts", "--json")) as {
    files: { path: string }[];
  }[];
  return unpublishable(packed?.files.map(({ path }) => path) ?? []);
});
check("no hole is known in what it needs (npm audit)", () => {
  npm("audit", "--omit=dev");
  return [];
});
