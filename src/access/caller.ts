/** Who is asking, as far as the gateway has been shown. */
export interface Caller {
  /**
   * The same for everything that one and the same party asks, and for nobody else: limits are counted
   * by it, and what belongs to a caller (its deliveries) is known by it.
   */
  readonly id: string;
  /** How it has shown who it is. */
  readonly kind: "anonymous" | "token" | "api-key" | "hook";
  /** What is claimed of it (RFC 7519 section 4); what permissions are decided by. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When it is nobody any more; left out: never. */
  readonly expiresAt?: Date;
}

/** Whoever has shown nothing. */
export const ANONYMOUS: Caller = Object.freeze({
  id: "anonymous",
  kind: "anonymous",
  claims: Object.freeze({}),
});
