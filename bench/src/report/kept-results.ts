import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "../rows/rows.ts";
import { RESULTS } from "../run/places.ts";
import { formatFiles } from "./format-files.ts";
import { readResult, resultJson, type Measured } from "./results-json.ts";

const fileOf = (name: string) => join(RESULTS, `${name}.json`);

/** Keeps what a row gave, in place of what it gave before. */
export function keepResult(result: Measured): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(fileOf(result.row.name), resultJson(result));
  formatFiles(fileOf(result.row.name));
}

/** What all rows gave that have been kept, in the order of the rows. */
export function keptResults(): Measured[] {
  return ROWS.flatMap((row) =>
    existsSync(fileOf(row.name)) ? [readResult(row, readFileSync(fileOf(row.name), "utf8"))] : [],
  );
}
