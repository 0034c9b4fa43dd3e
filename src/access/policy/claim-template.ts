import { claimNamed } from "./claims.ts";

/** Bytes of UTF-8: names and routing keys are AMQP short strings. */
const MOST_BYTES = 255;
/** Of a claim's value, in bytes of UTF-8: what is longer is not what anyone calls a tenant or a user. */
const MOST_VALUE_BYTES = 128;

const PLACEHOLDER = /\{claims\.([^{}]+)\}/g;

/** What stands where a claim goes, while a template is looked at: no text that can be written has it. */
const CLAIM = "\0";

/** A text with claims to be put into it, `orders.{claims.tenant}.#`, with every claim's place marked. */
export function shapeOf(template: string): string {
  return template.replace(PLACEHOLDER, CLAIM);
}

/** What is wrong with a template, whatever it is for; undefined where nothing is. */
export function templateProblem(template: string): string | undefined {
  if (template.includes(CLAIM) || !template.isWellFormed() || /[\r\n]/.test(template))
    return "holds a line break, a NUL or half a character";
  const shape = shapeOf(template);
  if (/[{}]/.test(shape)) return "in braces there can only be a claim, as in {claims.tenant}";
  if (Buffer.byteLength(shape) > MOST_BYTES) return `is longer than ${MOST_BYTES} bytes`;
  for (const word of shape.split(".")) {
    if (word.split(CLAIM).length > 2)
      return "has two claims in one word, which could not be told apart; put a dot between them";
    if (word.includes(CLAIM) && /[*#]/.test(word))
      return "has a wildcard in the word of a claim, which would reach other values; put a dot between them";
  }
  return undefined;
}

/** Why a claim cannot be put into a text. */
export interface Unfillable {
  readonly why: string;
}

/**
 * The text with each claim's value in its place. A value never becomes more than a piece of a word:
 * what is no text, or holds a wildcard, a separator or what no name can, is not put in.
 */
export function filled(
  template: string,
  claims: Readonly<Record<string, unknown>>,
): string | Unfillable {
  let why: string | undefined;
  const text = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = claimNamed(claims, name);
    const problem = valueProblem(value);
    if (problem === undefined) return String(value);
    why ??= `claim ${name} ${problem}`;
    return "";
  });
  if (why === undefined && Buffer.byteLength(text) > MOST_BYTES)
    why = `with its claims it is longer than ${MOST_BYTES} bytes`;
  return why === undefined ? text : { why };
}

function valueProblem(value: unknown): string | undefined {
  if (value === undefined) return "is not there";
  if (typeof value !== "string") return "is no text";
  if (value === "") return "is empty";
  if (/[*#.]/.test(value)) return 'holds "*", "#" or "."';
  // Control characters, and what a reader cannot tell from other text.
  if (!value.isWellFormed() || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value))
    return "holds characters that cannot be seen";
  if (Buffer.byteLength(value) > MOST_VALUE_BYTES)
    return `is longer than ${MOST_VALUE_BYTES} bytes`;
  return undefined;
}
