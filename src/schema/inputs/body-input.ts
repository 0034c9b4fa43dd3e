import { CodedError } from "../../errors.ts";
import { builder } from "../builder.ts";

export const BodyInput = builder.inputType("BodyInput", {
  description: "The body of a message, in exactly one of three forms.",
  isOneOf: true,
  fields: (t) => ({
    json: t.field({
      type: "JSON",
      required: false,
      description:
        'A JSON value; content type application/json. The value null is `text: "null"` with that content type.',
    }),
    text: t.string({
      required: false,
      description: "Text; content type text/plain; charset=utf-8.",
    }),
    base64: t.field({
      type: "Base64",
      required: false,
      description: "Bytes; content type application/octet-stream.",
    }),
  }),
});

/** The bytes, and the content type that they have where none is given. */
export function bodyContent(given: typeof BodyInput.$inferInput): {
  contentType: string;
  body: Buffer;
} {
  if (given.base64 != null) return { contentType: "application/octet-stream", body: given.base64 };
  if (given.text != null)
    return { contentType: "text/plain; charset=utf-8", body: Buffer.from(given.text) };
  if (given.json != null)
    return { contentType: "application/json", body: Buffer.from(jsonText(given.json)) };
  throw new CodedError("BAD_USER_INPUT", "body needs exactly one of json, text and base64");
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new CodedError("LIMIT_EXCEEDED", "body.json is nested too deeply; send it as text", {
      cause: error,
    });
  }
}
