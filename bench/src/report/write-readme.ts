import { readFileSync, writeFileSync } from "node:fs";
import { README } from "../run/places.ts";
import { formatFiles } from "./format-files.ts";

const BEGIN = "<!-- results -->";
const END = "<!-- /results -->";

/** Puts `text` between the two marks of bench/README.md. */
export function writeReadme(text: string): void {
  const readme = readFileSync(README, "utf8");
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${README} has no ${BEGIN} … ${END}`);
  writeFileSync(README, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
  formatFiles(README);
}
