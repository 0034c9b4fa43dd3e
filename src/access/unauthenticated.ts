import { CodedError } from "../errors.ts";

/** Why it cannot be told who is asking. */
export type Refusal =
  /** Nothing was shown, and nobody is let in like that. */
  | "missing"
  /** What was shown is no good, and will not be. */
  | "invalid"
  /** What was shown cannot be checked now. */
  | "unavailable"
  /** Checking it took too long. */
  | "overdue";

/** It cannot be told who is asking. The message is for the client; `cause` is for the log alone. */
export class Unauthenticated extends CodedError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, message: string, options?: { cause?: unknown }) {
    super("UNAUTHENTICATED", message, options);
    this.refusal = refusal;
  }
}
