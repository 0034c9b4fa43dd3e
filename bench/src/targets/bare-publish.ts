import type { IncomingMessage, ServerResponse } from "node:http";
import type { PublishInput } from "../wire/operations.ts";
import type { Publish } from "./publisher.ts";

interface Request {
  readonly variables: { readonly input?: PublishInput; readonly inputs?: readonly PublishInput[] };
}

/** Takes the GraphQL clients' own request as plain JSON, looks at nothing but its variables, and answers alike. */
export function barePublish(publish: Publish) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as Request;
      const data = variables.input
        ? publish(variables.input).then((receipt) => ({ publish: receipt }))
        : Promise.all((variables.inputs ?? []).map(publish)).then((receipts) => ({
            publishBatch: receipts,
          }));
      data.then(
        (result) => answer(response, 200, { data: result }),
        (error: unknown) => answer(response, 500, { errors: [{ message: String(error) }] }),
      );
    });
  };
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
