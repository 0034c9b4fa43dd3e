import { z } from "zod";
import { policyDocument } from "./policy-schema.ts";

/** What a policy file may hold, as a JSON Schema: for editors, and for whoever checks one elsewhere. */
export function printPolicySchema(): string {
  const schema = z.toJSONSchema(policyDocument, { io: "input", target: "draft-2020-12" });
  return `${JSON.stringify({ title: "rabbitql policy", ...schema }, null, 2)}\n`;
}
