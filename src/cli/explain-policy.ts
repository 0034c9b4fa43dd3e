import { ANONYMOUS, type Caller } from "../access/caller.ts";
import { readPolicyFile } from "../access/policy-file.ts";
import { explain } from "../access/policy/explanation.ts";
import { questionOf } from "../access/policy/question.ts";
import { Tokens } from "../access/tokens.ts";
import type { FieldTable } from "../broker/field-table.ts";
import { issuersOf } from "../config/authentication.ts";
import { loadConfig, type Config } from "../config/config.ts";
import { toError } from "../errors.ts";
import { createLogger } from "../telemetry/logger.ts";
import type { Surroundings } from "./command.ts";
import { commandArguments } from "./command-arguments.ts";

const KINDS = ["token", "api-key", "hook"] as const;
const FLAGS = ["--token", "--claims", "--kind", "--headers"];
/** Settings of the gateway that matter here. */
const SETTINGS = [
  "--policy",
  "--auth",
  "--jwt-issuer",
  "--jwt-audience",
  "--jwt-algorithms",
  "--jwt-jwks-url",
  "--jwt-key-file",
  "--jwt-secret-file",
  "--clock-tolerance-seconds",
];

/**
 * `rabbitql explain --policy FILE (--token TOKEN | --claims JSON) ACTION NAME [KEY...]`: whether that
 * is allowed, and which rule decides. 0 where it is, else 1. A token is verified as the gateway would,
 * where its issuers are given as they are given to the gateway.
 */
export async function explainPolicy(
  args: readonly string[],
  { stdout, stderr, env }: Surroundings,
): Promise<number> {
  const { flags, rest } = commandArguments(args, [...FLAGS, ...SETTINGS]);
  const argv = SETTINGS.flatMap((flag) => (flags.has(flag) ? [`${flag}=${flags.get(flag)}`] : []));
  const config = loadConfig({ argv, env });
  if (config.policy === undefined) throw new Error("explain needs --policy, the file to look into");
  const headers = flags.get("--headers");
  const question = questionOf(
    rest,
    headers === undefined ? undefined : (objectIn("--headers", headers) as FieldTable),
  );
  const policy = readPolicyFile(config.policy);
  const token = flags.get("--token");
  if (token !== undefined && flags.has("--claims"))
    throw new Error("--token and --claims say the same thing; give one of them");
  const caller =
    token === undefined
      ? claimant(flags)
      : await holderOf(token, config, (warning) => void stderr.write(warning));
  const { allowed, lines } = explain(policy, caller, question);
  stdout.write(`${lines.join("\n")}\n`);
  return allowed ? 0 : 1;
}

/** Whoever has the claims, or nobody in particular. */
function claimant(flags: ReadonlyMap<string, string>): Caller {
  const [written, kind = "token"] = [flags.get("--claims"), flags.get("--kind")];
  if (written === undefined) return ANONYMOUS;
  const known = KINDS.find((each) => each === kind);
  if (!known) throw new Error(`--kind is one of ${KINDS.join(", ")}; not ${JSON.stringify(kind)}`);
  return { id: "explained", kind: known, claims: objectIn("--claims", written) };
}

async function holderOf(
  token: string,
  config: Config,
  warn: (warning: string) => void,
): Promise<Caller> {
  const issuers = issuersOf(config);
  if (issuers.length === 0) {
    warn("rabbitql: no issuer is given: the token is read and not verified\n");
    return { id: "explained", kind: "token", claims: claimsIn(token) };
  }
  const { clockToleranceSeconds } = config;
  const logger = createLogger({ level: "silent" });
  const tokens = new Tokens({ issuers, clockToleranceSeconds, onChange: () => {}, logger });
  try {
    return await tokens.caller(token);
  } catch (thrown) {
    throw new Error(`the gateway would refuse it: ${toError(thrown).message}`, { cause: thrown });
  } finally {
    tokens.close();
  }
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
