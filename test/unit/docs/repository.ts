import { readFileSync } from "node:fs";

const ROOT = new URL("../../../", import.meta.url);

/** Where a file of the repository is, by its path from the root. */
export function located(path: string): URL {
  return new URL(path, ROOT);
}

/** A text of the repository, by its path from the root. */
export function read(path: string): string {
  return readFileSync(located(path), "utf8");
}

/** Every document that readers are sent to. */
export const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs/security.md",
  "docs/delivery.md",
  "docs/faults.md",
  "docs/amqp-types.md",
  "src/README.md",
] as const;
