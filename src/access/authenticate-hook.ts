import { CodedError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { AuthenticationRequest } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import { Unauthenticated } from "./unauthenticated.ts";

/** Whom a hook has found. */
export interface HookCaller {
  /** The same for everything that one and the same party asks, and for nobody else. */
  readonly id: string;
  /** What permissions are decided by. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** When its sockets and streams end; left out: never. */
  readonly expiresAt?: Date | undefined;
}

/**
 * A way of your own to tell who is asking. Undefined leaves it to tokens, API keys and whether anonymous
 * clients are let in. Throw a CodedError with the code UNAUTHENTICATED to refuse in your own words; whatever
 * else is thrown is logged, and the client is told no more than that it is not authenticated.
 */
export type AuthenticateHook = (
  request: AuthenticationRequest,
) => HookCaller | undefined | Promise<HookCaller | undefined>;

/** What the hook says, as a Caller. @throws {Unauthenticated} where it says no. */
export async function askHook(
  hook: AuthenticateHook,
  request: AuthenticationRequest,
  logger: Logger,
): Promise<Caller | undefined> {
  let found: HookCaller | undefined;
  try {
    found = await hook(request);
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.code === "UNAUTHENTICATED")
      throw new Unauthenticated("invalid", thrown.message, { cause: thrown });
    logger.error({ err: thrown }, "the authenticate hook failed");
    throw new Unauthenticated("invalid", NOT_AUTHENTICATED, { cause: thrown });
  }
  if (found === undefined) return undefined;
  if (!isHookCaller(found)) {
    logger.error("the authenticate hook must answer undefined or { id, claims?, expiresAt? }");
    throw new Unauthenticated("invalid", NOT_AUTHENTICATED);
  }
  const { id, claims = {}, expiresAt } = found;
  if (expiresAt && expiresAt.getTime() <= Date.now())
    throw new Unauthenticated("invalid", "The credentials have expired");
  return {
    id: `hook:${id}`,
    kind: "hook",
    claims,
    ...(expiresAt && { expiresAt }),
  };
}

const NOT_AUTHENTICATED = "Not authenticated";

/** A hook may be JavaScript. */
function isHookCaller(found: unknown): found is HookCaller {
  if (typeof found !== "object" || found === null) return false;
  const { id, claims, expiresAt }: { id?: unknown; claims?: unknown; expiresAt?: unknown } = found;
  return (
    typeof id === "string" &&
    id !== "" &&
    (claims === undefined || (typeof claims === "object" && claims !== null)) &&
    (expiresAt === undefined || (expiresAt instanceof Date && !Number.isNaN(expiresAt.getTime())))
  );
}
