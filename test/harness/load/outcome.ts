import type { FormattedExecutionResult } from "graphql";
import type { Outcome } from "../books.ts";

/** After these the message may be in a queue all the same (docs/delivery.md). */
const UNKNOWN = new Set(["CONFIRM_UNKNOWN", "PUBLISH_REFUSED", "INTERNAL_SERVER_ERROR"]);

/** What a publisher learns from an answer, and the answer's code: "ACKNOWLEDGED" where there is no error. */
export function outcomeOf({ errors }: FormattedExecutionResult): {
  outcome: Outcome;
  code: string;
} {
  const [error] = errors ?? [];
  if (!error) return { outcome: "acknowledged", code: "ACKNOWLEDGED" };
  const code = (error.extensions?.["code"] as string | undefined) ?? error.message;
  return { outcome: UNKNOWN.has(code) ? "unknown" : "failed", code };
}
