import { readPolicyFile } from "../access/policy-file.ts";
import { toError } from "../errors.ts";
import type { Surroundings } from "./command.ts";
import { commandArguments } from "./command-arguments.ts";

/** `rabbitql check-policy FILE`: 0 where a gateway would take it, else 1 with everything that is wrong. */
export function checkPolicy(args: readonly string[], { stdout, stderr }: Surroundings): number {
  const { rest } = commandArguments(args, []);
  const [path, ...more] = rest;
  if (path === undefined || more.length > 0) throw new Error("check-policy takes one file");
  try {
    const { rules, grants } = readPolicyFile(path).size;
    stdout.write(`${path}: right (rules: ${rules}, grants: ${grants})\n`);
    return 0;
  } catch (thrown) {
    const lines = toError(thrown).message.split("\n");
    stderr.write(lines.map((line) => `${path}: ${line}\n`).join(""));
    return 1;
  }
}
