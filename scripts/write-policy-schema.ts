import { writeFileSync } from "node:fs";
import { printPolicySchema } from "../src/access/policy/print-policy-schema.ts";

writeFileSync(new URL("../policy.schema.json", import.meta.url), printPolicySchema());
