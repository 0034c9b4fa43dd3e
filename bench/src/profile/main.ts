import { printProfiles } from "./print-profiles.ts";

const USAGE = "Usage: npx tsx bench/src/profile/main.ts FILE-OR-FOLDER…\n";

const paths = process.argv.slice(2);
if (paths.length === 0) process.stderr.write(USAGE);
for (const path of paths) printProfiles(path);
process.exitCode = paths.length === 0 ? 1 : 0;
