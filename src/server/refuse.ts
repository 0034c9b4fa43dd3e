import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../errors.ts";

/** A refusal before GraphQL comes to it, in GraphQL's form; the connection is not kept. `headers` are sent with it. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: ErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    connection: "close",
    ...headers,
  });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
