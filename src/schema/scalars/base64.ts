import { GraphQLError, GraphQLScalarType, Kind } from "graphql";

/** RFC 4648 section 4: the standard alphabet, padded; nothing else may stand in it. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const Base64Scalar = new GraphQLScalarType<Buffer, string>({
  name: "Base64",
  description: "Bytes, as base64 with the standard alphabet and padding (RFC 4648 section 4).",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc4648#section-4",
  serialize: (value) => {
    if (value instanceof Uint8Array)
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
    throw new GraphQLError("Base64 can only represent bytes");
  },
  parseValue: (value) => parseBase64(value),
  parseLiteral: (node) => parseBase64(node.kind === Kind.STRING ? node.value : undefined),
});

/** The bytes that `value` spells; a GraphQLError where it is not base64. */
export function parseBase64(value: unknown): Buffer {
  if (typeof value === "string" && BASE64.test(value)) return Buffer.from(value, "base64");
  throw new GraphQLError(
    "Base64 must be a string of the standard alphabet (A-Z a-z 0-9 + /), padded with =",
  );
}
