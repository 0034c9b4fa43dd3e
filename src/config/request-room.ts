const KIB = 1024;

/** What a request holds beside the body of its message: the document, the names and the properties. */
const REST_OF_REQUEST = 32 * KIB;

/** The bytes of a request that publishes one message of the largest size, its body in Base64 (RFC 4648 section 4). */
export function requestRoom(limits: { maxMessageBytes: number; maxHeadersBytes: number }): number {
  const body = 4 * Math.ceil(limits.maxMessageBytes / 3);
  return KIB * Math.ceil((body + limits.maxHeadersBytes + REST_OF_REQUEST) / KIB);
}
