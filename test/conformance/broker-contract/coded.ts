import { expect } from "vitest";
import type { ErrorCode } from "../../../src/errors.ts";

/** Equals a CodedError of this code whose message names each of `values`. */
export function coded(code: ErrorCode, ...values: readonly string[]): unknown {
  const namesEach = values.map((value) => `(?=.*${escaped(value)})`).join("");
  return expect.objectContaining({
    name: "CodedError",
    code,
    message: expect.stringMatching(new RegExp(`^${namesEach}`, "s")),
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
