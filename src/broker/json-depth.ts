import { CodedError } from "../errors.ts";

/** JSON.parse follows any depth, and JSON.stringify only as deep as the stack is. */
const DEEPEST = 1_000;

/**
 * `text` is valid JSON (RFC 8259).
 * @throws {CodedError} LIMIT_EXCEEDED where it is nested deeper than JSON.stringify can follow.
 */
export function checkJsonDepth(text: string): void {
  // To find a character is what engines do fastest: the text is read by itself only where it has to be.
  if (hasFewBrackets(text)) return;
  let depth = 0;
  let inString = false;
  for (let place = 0; place < text.length; place++) {
    const character = text.charCodeAt(place);
    if (character === QUOTE) inString = !inString;
    else if (inString) place += character === BACKSLASH ? 1 : 0;
    else if (character === OPENING_BRACKET || character === OPENING_BRACE) depth++;
    else if (character === CLOSING_BRACKET || character === CLOSING_BRACE) depth--;
    if (depth > DEEPEST)
      throw new CodedError(
        "LIMIT_EXCEEDED",
        `The body is nested deeper than ${DEEPEST} levels; take it as text or base64`,
      );
  }
}

/** Too few to be nested too deep, wherever they stand. */
function hasFewBrackets(text: string): boolean {
  let left = DEEPEST;
  for (const bracket of "[{")
    for (let place = text.indexOf(bracket); place >= 0; place = text.indexOf(bracket, place + 1))
      if (--left < 0) return false;
  return true;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
