type Claims = Readonly<Record<string, unknown>>;

/**
 * The claim of a name: the one that has just this name (`https://example.com/roles` is one), else what
 * is found along its dots (`realm_access.roles`). Undefined where there is none.
 */
export function claimNamed(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const part of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part))
      return undefined;
    found = (found as Claims)[part];
  }
  return found;
}

/** What a claim says one by one: a list's items, the words of `scope` (RFC 8693 section 4.2), or itself. */
export function claimValues(claims: Claims, name: string): readonly unknown[] {
  const claim = claimNamed(claims, name);
  if (claim === undefined) return [];
  if (Array.isArray(claim)) return claim as readonly unknown[];
  return name === "scope" && typeof claim === "string" ? claim.split(" ") : [claim];
}
