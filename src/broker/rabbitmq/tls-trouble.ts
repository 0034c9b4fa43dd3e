/** OpenSSL's verdicts on the other side's certificate (its manual, "x509_verify"), and Node.js's on the name in it. */
const BY_CODE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The broker's certificate has expired",
  CERT_NOT_YET_VALID: "The broker's certificate is not valid yet",
  CERT_REVOKED: "The broker's certificate has been revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "The broker's certificate is for another name",
};

const UNTRUSTED = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|INVALID_CA|INVALID_PURPOSE|PATH_)/;
/** What the other side says of us, as in `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED` (RFC 8446 section 6.2). */
const ALERT = /^ERR_SSL_.*ALERT/;

/** Why there is no TLS with the broker, where that is the trouble. No name, address or path is in it. */
export function tlsTrouble(code: string): string | undefined {
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (UNTRUSTED.test(code))
    return "The broker's certificate is not trusted: nobody has signed it whom the CA file, or Node.js, names";
  if (ALERT.test(code))
    return "The broker refused the TLS handshake: it wants a client certificate, or another one";
  if (code.startsWith("ERR_SSL_") || code === "EPROTO")
    return "What answers at the broker's address does not speak TLS as it should";
  if (code.startsWith("ERR_OSSL_")) return "The gateway's certificate files cannot be used";
  return undefined;
}
