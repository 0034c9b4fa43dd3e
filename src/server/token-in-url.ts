/** Query parameters that tokens are put into elsewhere (RFC 6750 section 2.3, among others). GraphQL has none of these. */
const TOKEN_PARAMETERS: ReadonlySet<string> = new Set([
  "access_token",
  "accesstoken",
  "api_key",
  "apikey",
  "auth",
  "authorization",
  "bearer",
  "id_token",
  "jwt",
  "token",
]);

/** The parameter of a request's URL that is there for a token. URLs are kept in logs and histories: none is taken from one. */
export function tokenParameter(url: string | undefined): string | undefined {
  const query = url?.split("?", 2)[1];
  if (query === undefined) return undefined;
  for (const name of new URLSearchParams(query).keys())
    if (TOKEN_PARAMETERS.has(name.toLowerCase())) return name;
  return undefined;
}

/** What a client is told that has put one there. */
export function tokenInUrl(parameter: string): string {
  return (
    `No token is taken from a URL (${parameter}), where logs keep it: send it in the Authorization header, ` +
    "or in connection_init's payload. Whoever may have read this one can use it"
  );
}
