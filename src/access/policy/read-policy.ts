import { parseDocument } from "yaml";
import { Policy } from "./policy.ts";
import { PolicyError, type PolicyProblem } from "./policy-error.ts";
import { policyDocument } from "./policy-schema.ts";

/**
 * The policy that a text says, in YAML 1.2 or in JSON, which is a part of it.
 * @throws {PolicyError} with everything that is wrong.
 */
export function readPolicy(text: string): Policy {
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true });
  if (document.errors.length > 0)
    throw new PolicyError(document.errors.map(({ message }) => ({ path: "", message })));
  let written: unknown;
  try {
    // An alias may not make much of little.
    written = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new PolicyError([{ path: "", message: error instanceof Error ? error.message : "" }]);
  }
  const read = policyDocument.safeParse(written);
  if (read.success) return new Policy(read.data);
  throw new PolicyError(
    read.error.issues.map((issue): PolicyProblem => {
      // Of a key that is wrong zod says further in what is.
      const within = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
      return { path: pathText(issue.path), message: within ?? issue.message };
    }),
  );
}

/** As in `rules[2].grants[0].keys`. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}
