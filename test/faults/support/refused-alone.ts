import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { resolveConfig } from "../../../src/config/config.ts";
import { schema } from "../../../src/schema/schema.ts";
import { DocumentRules } from "../../../src/server/documents/document-rules.ts";
import { Documents } from "../../../src/server/documents/documents.ts";
import { refuseDocument } from "../../../src/server/documents/refuse-document.ts";
import { JSON_TYPE } from "../../../src/server/json-lane.ts";
import { operationRequest } from "../../../src/server/operation-request.ts";

const config = resolveConfig();
const documents = new Documents(schema, new DocumentRules(schema, config), config.keptDocuments);

/**
 * How long the gateway itself is busy with a body whose document is to be refused, from the body's bytes to those of
 * the answer, in milliseconds: read, parsed, measured, validated, answered; no socket, and nobody else in line.
 * @throws {Error} where the document is not refused.
 */
export function refusedAloneMs(body: Buffer): number {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const startedAt = performance.now();
  const asked = operationRequest(body);
  const looked = asked && documents.operations(asked.query);
  if (!looked || !("errors" in looked))
    throw new Error(`not refused: ${body.toString("utf8", 0, 60)}`);
  refuseDocument(response, JSON_TYPE, looked, (error) => error);
  return performance.now() - startedAt;
}
