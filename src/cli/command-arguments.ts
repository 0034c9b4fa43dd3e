import { didYouMean } from "../config/did-you-mean.ts";

/** What a command was given, apart: flags with their values, and the rest in order. */
export interface CommandArguments {
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/**
 * Reads `--flag value`, `--flag=value` and what is no flag.
 * @throws {Error} at a flag that is not `known`, is given twice or has no value.
 */
export function commandArguments(
  args: readonly string[],
  known: readonly string[],
): CommandArguments {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  const left = [...args];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    if (!next.startsWith("--")) {
      rest.push(next);
      continue;
    }
    const [flag = "", ...written] = next.split("=");
    if (!known.includes(flag)) throw new Error(`no such flag: ${flag}${didYouMean(flag, known)}`);
    const value = written.length > 0 ? written.join("=") : left.shift();
    if (value === undefined) throw new Error(`${flag} needs a value`);
    if (flags.has(flag)) throw new Error(`${flag} is given twice`);
    flags.set(flag, value);
  }
  return { flags, rest };
}
