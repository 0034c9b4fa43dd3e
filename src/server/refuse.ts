import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../errors.ts";

/** A refusal before GraphQL comes to it, in GraphQL's form; the connection is not kept. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: ErrorCode,
  message: string,
): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
