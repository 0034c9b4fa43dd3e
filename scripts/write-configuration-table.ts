import { readFile, writeFile } from "node:fs/promises";

import { withConfigurationTable } from "./configuration-table.ts";

const readme = new URL("../README.md", import.meta.url);
await writeFile(readme, withConfigurationTable(await readFile(readme, "utf8")));
