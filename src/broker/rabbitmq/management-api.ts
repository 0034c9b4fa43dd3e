import { request as requestHttp, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as requestHttps, Agent as HttpsAgent } from "node:https";
import type { TlsIdentity } from "./dial-target.ts";

/** Where a management API is, and as whom it is asked. */
export interface ManagementAddress {
  /** `http:` or `https:`, with a path where the API is below one, and without credentials. */
  readonly base: URL;
  readonly user: string;
  readonly password: string;
  /** For `https:`. */
  readonly tls: TlsIdentity;
}

/** An answer that is none: refused, or not there. The text names no address and no user. */
export class ManagementTrouble extends Error {
  override readonly name = "ManagementTrouble";
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  readonly isTooLong: boolean;
  /** There was no answer in the time that there was. */
  readonly isLate: boolean;

  constructor(
    message: string,
    about: { status?: number | undefined; isTooLong?: boolean; isLate?: boolean } = {},
  ) {
    super(message);
    this.status = about.status;
    this.isTooLong = about.isTooLong ?? false;
    this.isLate = about.isLate ?? false;
  }
}

/** Requests under way at once; the others wait. The API shares the broker's processors. */
const CONNECTIONS = 2;
/** Shorter than the broker keeps an idle connection (a minute), so that none is used that it is closing. */
const IDLE_MS = 5_000;
/** What one queue's bindings, or one page of a list, stay well below. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** A client of RabbitMQ's management plugin (RabbitMQ, "Management HTTP API"): JSON over HTTP, read only. */
export class ManagementApi {
  readonly #timeoutMs: number;
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS });

  /** `timeoutMs` bounds each request that says nothing else, the wait for its turn included. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** The JSON at `path` (`/api/…`), of at most `maxBytes`. Rejects with {@link ManagementTrouble}. */
  async get(
    address: ManagementAddress,
    path: string,
    { maxBytes = MAX_ANSWER_BYTES, timeoutMs = this.#timeoutMs } = {},
  ): Promise<unknown> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.#send(address, path, signal);
      const text = await read(response, maxBytes);
      if (response.statusCode !== 200)
        throw new ManagementTrouble(`the management API answered ${response.statusCode}`, {
          status: response.statusCode,
        });
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof ManagementTrouble) throw error;
      // In the middle of an answer the deadline shows as a connection that was lost.
      const isLate = signal.aborted;
      const why = isLate ? "no answer in time" : inShort(error);
      throw new ManagementTrouble(`the management API cannot be reached (${why})`, { isLate });
    }
  }

  /** Ends every connection. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #send(
    { base, user, password, tls }: ManagementAddress,
    path: string,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const isTls = base.protocol === "https:";
    const url = new URL(base.pathname.replace(/\/$/, "") + path, base);
    const options = {
      agent: isTls ? this.#https : this.#http,
      auth: `${user}:${password}`,
      headers: { accept: "application/json" },
      signal,
      ...(isTls ? tls : {}),
    };
    return new Promise((resolve, reject) => {
      const request = (isTls ? requestHttps : requestHttp)(url, options, resolve);
      request.on("error", reject);
      request.end();
    });
  }
}

async function read(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new ManagementTrouble("the management API's answer is too long", { isTooLong: true });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Why, without the address that Node.js puts into the text. */
function inShort(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
