import { CodedError } from "../../errors.ts";

/** Two inputs that say the same thing: which is meant cannot be told. */
export function givenTwice(one: string, other: string): CodedError {
  return new CodedError(
    "BAD_USER_INPUT",
    `${one} and ${other} say the same thing; give one of them`,
  );
}
