import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { toError } from "../../errors.ts";
import { EXAMPLE_OPERATIONS } from "./example-operations.ts";
import { graphiqlPage } from "./graphiql-page.ts";
import { qualityList } from "./quality-list.ts";

/** Answers the request and returns true, or leaves it alone and returns false. */
export type ServeGraphiql = (request: IncomingMessage, response: ServerResponse) => boolean;

const ENCODINGS = {
  br: (html: Buffer) =>
    promisify(brotliCompress)(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (html: Buffer) => promisify(gzip)(html),
  identity: (html: Buffer) => Promise.resolve(html),
};
type Encoding = keyof typeof ENCODINGS;

/** What GraphQL over HTTP and over SSE are asked for with; a browser's address bar names none of them. */
const API_TYPES = ["application/json", "application/graphql-response+json", "text/event-stream"];

/**
 * Serves GraphiQL to browsers: to a GET or HEAD of `endpoint` that prefers `text/html` to the types
 * of a GraphQL client. The page is made at the first such request and kept, once an encoding.
 * `onError` is told where it cannot be made; the browser gets a bare 500, and the next may try again.
 */
export function createServeGraphiql(options: {
  readonly endpoint: string;
  readonly onError: (error: Error) => void;
}): ServeGraphiql {
  const page = once(async () => {
    const { html, contentSecurityPolicy } = await graphiqlPage({ tabs: EXAMPLE_OPERATIONS });
    const tag = createHash("sha256").update(html).digest("base64url");
    return { html: Buffer.from(html), contentSecurityPolicy, tag };
  });
  const bodies: Record<Encoding, () => Promise<Buffer>> = {
    br: once(async () => ENCODINGS.br((await page()).html)),
    gzip: once(async () => ENCODINGS.gzip((await page()).html)),
    identity: once(async () => ENCODINGS.identity((await page()).html)),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = acceptedEncoding(request.headers["accept-encoding"]);
    const [{ contentSecurityPolicy, tag }, body] = await Promise.all([page(), bodies[encoding]()]);
    const etag = `"${tag}-${encoding}"`;
    response.setHeaders(
      new Map([
        ["cache-control", "no-cache"],
        ["content-security-policy", contentSecurityPolicy],
        ["cross-origin-opener-policy", "same-origin"],
        ["etag", etag],
        ["referrer-policy", "no-referrer"],
        ["vary", "Accept, Accept-Encoding"],
        ["x-content-type-options", "nosniff"],
      ]),
    );
    if (request.headers["if-none-match"]?.includes(etag)) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-length": body.length,
      ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  return (request, response) => {
    if (!isForGraphiql(request, options.endpoint)) return false;
    serve(request, response).catch((thrown: unknown) => {
      options.onError(toError(thrown));
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
    return true;
  };
}

function isForGraphiql({ method, url, headers }: IncomingMessage, endpoint: string): boolean {
  if ((method !== "GET" && method !== "HEAD") || url?.split("?", 1)[0] !== endpoint) return false;
  const accepted = qualityList(headers.accept);
  const html = accepted.get("text/html") ?? 0;
  return html > 0 && API_TYPES.every((type) => (accepted.get(type) ?? 0) < html);
}

function acceptedEncoding(header: string | undefined): Encoding {
  const accepted = qualityList(header);
  const quality = (name: string) => accepted.get(name) ?? accepted.get("*") ?? 0;
  return quality("br") > 0 ? "br" : quality("gzip") > 0 ? "gzip" : "identity";
}

/** Calls `make` at the first call, and again only after it has failed. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () =>
    (made ??= make().catch((thrown: unknown) => {
      made = undefined;
      throw thrown;
    }));
}
