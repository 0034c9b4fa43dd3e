import { fileURLToPath } from "node:url";

const located = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The repository's root. */
export const ROOT = located("");
/** The gateway's command; `npm run build` makes it. */
export const GATEWAY = located("dist/main.js");
export const BENCH = located("bench");
export const README = located("bench/README.md");
/** A file for each row: what it gave when it was last run in earnest. */
export const RESULTS = located("bench/results");

/** One of the programs that `prepare` compiles. */
export function program(path: string): string {
  return located(`bench/dist/${path}`);
}
