import { printSchema } from "../schema/schema.ts";
import type { Surroundings } from "./command.ts";

/** `rabbitql schema`: the schema in GraphQL's own language, sorted, with its descriptions. */
export function writeSchema(args: readonly string[], { stdout, stderr }: Surroundings): number {
  if (args.length > 0) {
    stderr.write(`rabbitql schema: takes no arguments\n`);
    return 1;
  }
  stdout.write(`${printSchema().trimEnd()}\n`);
  return 0;
}
