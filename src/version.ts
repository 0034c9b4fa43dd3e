import { readFileSync } from "node:fs";

import { z } from "zod";

const packageFile = new URL("../package.json", import.meta.url);

/** The package's version. The file stands one folder above src/ and above dist/ alike. */
export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile, "utf8"))).version;
