import { urlsIn } from "../url-list.ts";

const MASK = "***";

/** Where a URL ends in running text or in a line of JSON. */
const RUN = /[^\s"'<>\\]+/g;

const SECRET_FIELD =
  /"((?:proxy-)?authorization|(?:set-)?cookie|pass(?:word|phrase)?|secret|(?:access_?|refresh_?|id_?)?token|api_?key)":"(?:[^"\\]|\\.)*"/gi;

/**
 * The text with the credentials of every URL in it masked: `amqp://user:pass@host` becomes
 * `amqp://***@host`. Masks up to the last `@` of a run without spaces and quotes, because a password
 * may hold an `@` or a `/` that nobody escaped: rather too much than too little.
 */
export function maskUrlCredentials(text: string): string {
  return text.replace(RUN, (run) => {
    const scheme = run.indexOf("://");
    const at = run.lastIndexOf("@");
    return scheme === -1 || at < scheme
      ? run
      : `${run.slice(0, scheme + 3)}${MASK}${run.slice(at)}`;
  });
}

/** JSON Web Tokens, which begin with `{"` in Base64url, and API keys, wherever they stand. */
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]*|\brql_[\w-]{20,}/g;

/**
 * A line of JSON with URL credentials masked, tokens and API keys, and the text of fields named like `password` or
 * `authorization`.
 */
export function maskSecrets(line: string): string {
  const named = line.replace(SECRET_FIELD, `"$1":"${MASK}"`);
  return maskUrlCredentials(named.replace(TOKEN, MASK));
}

/**
 * A setting that holds a secret, as far as it can be shown: scheme, host and path of each URL. Of what
 * is no URL, nothing: there is no telling which part of it is the secret.
 */
export function maskedUrl(text: string): string {
  return urlsIn(text).map(maskedOne).join(",");
}

function maskedOne(text: string): string {
  if (!URL.canParse(text)) return MASK;
  const { protocol, host, pathname, username, password } = new URL(text);
  // A `/` in a password that nobody escaped ends the host there.
  if (host === "" || pathname.includes("@")) return MASK;
  return `${protocol}//${username || password ? `${MASK}@` : ""}${host}${pathname}`;
}
