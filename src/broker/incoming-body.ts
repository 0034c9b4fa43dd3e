import { isUtf8 } from "node:buffer";
import { isCanonicalJson } from "./canonical-json.ts";
import { checkJsonDepth } from "./json-depth.ts";

/**
 * What a message's body says, read when it is first asked for and, for all who ask in the same turn
 * of the event loop, once. After that it is forgotten, so that a message which waits for a slow
 * reader takes the room of its bytes alone.
 */
export abstract class IncomingBody {
  abstract readonly body: Buffer;
  #text: string | null | undefined;
  #json: unknown;
  #jsonText: string | null | undefined;

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
      const { text } = this;
      this.#json = text === null ? null : readJson(text);
    }
    return this.#json;
  }

  /** The text that `JSON.stringify` makes of {@link json}, where the body is that already; else null. */
  get jsonText(): string | null {
    if (this.#jsonText === undefined)
      this.#jsonText = isCanonicalJson(this.body) ? this.text : null;
    return this.#jsonText;
  }

  #forgetSoon(): void {
    if (read.push(this) === 1) setImmediate(() => IncomingBody.#forgetRead());
  }

  static #forgetRead(): void {
    for (const body of read) {
      body.#text = undefined;
      body.#json = undefined;
      body.#jsonText = undefined;
    }
    read = [];
  }
}

/** The bodies read in this turn. */
let read: IncomingBody[] = [];

function readJson(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof json === "object" && json !== null) checkJsonDepth(text);
  return json;
}
