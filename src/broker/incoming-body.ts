import { isUtf8 } from "node:buffer";
import { CodedError } from "../errors.ts";

/**
 * What a message's body says, read when it is first asked for and, for all who ask in the same turn
 * of the event loop, once. After that it is forgotten, so that a message which waits for a slow
 * reader takes the room of its bytes alone.
 */
export abstract class IncomingBody {
  abstract readonly body: Buffer;
  #text: string | null | undefined;
  #json: unknown;

  /** The body as text; null where it is not UTF-8. */
  get text(): string | null {
    if (this.#text === undefined) {
      this.#text = isUtf8(this.body) ? this.body.toString() : null;
      this.#forgetSoon();
    }
    return this.#text;
  }

  /**
   * The body as JSON (RFC 8259); null where it is not.
   * @throws {CodedError} LIMIT_EXCEEDED where it is nested deeper than JSON.stringify can follow.
   */
  get json(): unknown {
    if (this.#json === undefined) {
      const json = parseJson(this.text);
      if (typeof json === "object" && json !== null) checkDepth(this.body);
      this.#json = json;
    }
    return this.#json;
  }

  #forgetSoon(): void {
    if (read.push(this) === 1) setImmediate(() => IncomingBody.#forgetRead());
  }

  static #forgetRead(): void {
    for (const body of read) {
      body.#text = undefined;
      body.#json = undefined;
    }
    read = [];
  }
}

/** The bodies read in this turn. */
let read: IncomingBody[] = [];

/** JSON.parse follows any depth, and JSON.stringify only as deep as the stack is. */
const DEEPEST = 1_000;

function checkDepth(body: Buffer): void {
  if (body.length <= DEEPEST) return;
  let depth = 0;
  let inString = false;
  for (let place = 0; place < body.length; place++) {
    const byte = body[place];
    if (byte === QUOTE) inString = !inString;
    else if (inString) place += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) depth++;
    else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) depth--;
    if (depth > DEEPEST)
      throw new CodedError(
        "LIMIT_EXCEEDED",
        `The body is nested deeper than ${DEEPEST} levels; take it as text or base64`,
      );
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

function parseJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
