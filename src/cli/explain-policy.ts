import { ANONYMOUS, type Caller } from "../access/caller.ts";
import { readPolicyFile } from "../access/policy-file.ts";
import { explain } from "../access/policy/explanation.ts";
import { questionOf } from "../access/policy/question.ts";
import type { FieldTable } from "../broker/field-table.ts";
import type { Surroundings } from "./command.ts";
import { commandArguments } from "./command-arguments.ts";

const KINDS = ["token", "api-key", "hook"] as const;
const FLAGS = ["--policy", "--token", "--claims", "--kind", "--headers"];

/**
 * `rabbitql explain --policy FILE (--token TOKEN | --claims JSON) ACTION NAME [KEY...]`: whether that
 * is allowed, and which rule decides. 0 where it is, else 1.
 */
export function explainPolicy(args: readonly string[], surroundings: Surroundings): number {
  const { stdout, stderr, env } = surroundings;
  const { flags, rest } = commandArguments(args, FLAGS);
  const path = flags.get("--policy") ?? env["RABBITQL_POLICY"];
  if (path === undefined) throw new Error("explain needs --policy, the file to look into");
  const headers = flags.get("--headers");
  const question = questionOf(
    rest,
    headers === undefined ? undefined : (objectIn("--headers", headers) as FieldTable),
  );
  const policy = readPolicyFile(path);
  const caller = callerOf(flags);
  if (flags.has("--token"))
    stderr.write("rabbitql: the token is read and not verified; a gateway may refuse it\n");
  const { allowed, lines } = explain(policy, caller, question);
  stdout.write(`${lines.join("\n")}\n`);
  return allowed ? 0 : 1;
}

/** Whoever has the claims, or nobody in particular. */
function callerOf(flags: ReadonlyMap<string, string>): Caller {
  const [token, written, kind = "token"] = ["--token", "--claims", "--kind"].map((flag) =>
    flags.get(flag),
  );
  if (token !== undefined && written !== undefined)
    throw new Error("--token and --claims say the same thing; give one of them");
  if (token === undefined && written === undefined) return ANONYMOUS;
  const known = KINDS.find((each) => each === kind);
  if (!known) throw new Error(`--kind is one of ${KINDS.join(", ")}; not ${JSON.stringify(kind)}`);
  const claims = token === undefined ? objectIn("--claims", written ?? "") : claimsIn(token);
  return { id: "explained", kind: known, claims };
}

/** The claims of a JWT in its compact form (RFC 7519 section 3), whoever has signed it. */
function claimsIn(token: string): Record<string, unknown> {
  const parts = token.split(".");
  if (parts.length !== 3) throw new Error("--token is no JWT: three parts with dots between them");
  return objectIn("--token", Buffer.from(parts[1] ?? "", "base64url").toString());
}

/** What is wrong is not shown: it may be a token. */
function objectIn(flag: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Error(`${flag} holds no JSON object`);
}
