import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../telemetry/logger.ts";
import { answerEvents } from "./event-stream-lane.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import { answerJson, jsonAnswerType } from "./json-lane.ts";
import { operationRequest } from "./operation-request.ts";
import { isCrossOrigin } from "./origin.ts";
import { isSubscription, type Pipeline } from "./pipeline.ts";
import { readBody } from "./read-body.ts";
import { refuse } from "./refuse.ts";
import { replayedRequest } from "./replayed-request.ts";
import type { Yoga } from "./yoga.ts";

/** As Yoga reads it: in small letters, and nothing before the semicolon. */
const JSON_BODY = /^application\/json(?:;\s*charset=(?:utf|UTF)-?8)?$/;

export interface HttpOptions {
  readonly yoga: Yoga;
  readonly pipeline: Pipeline;
  readonly fanOut: FanOut;
  readonly path: string;
  readonly maxRequestBytes: number;
  readonly keepAliveMs: number;
  readonly logger: Logger;
}

/**
 * GraphQL over HTTP: two short lanes for what nearly all requests are, well-formed and valid JSON
 * POSTs, and Yoga for everything else, every refusal among them. A lane gives the answer that Yoga
 * would give.
 */
export class GraphQLOverHttp {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { yoga, maxRequestBytes, logger } = this.#options;
    try {
      if (request.method !== "POST") {
        await yoga.handle(request, response);
        return;
      }
      const body = await readBody(request, maxRequestBytes);
      if (!body)
        refuse(
          response,
          413,
          "LIMIT_EXCEEDED",
          `The request is larger than ${maxRequestBytes} bytes`,
        );
      else if (!(await this.#inALane(request, body, response)))
        await yoga.handle(replayedRequest(request, body), response);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      logger.error({ err: error }, "a request could not be answered");
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "INTERNAL_SERVER_ERROR", "The gateway failed; its log says why");
    }
  }

  async #inALane(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<boolean> {
    const { pipeline, fanOut, path, keepAliveMs } = this.#options;
    const { accept, "content-type": contentType } = request.headers;
    if (request.url !== path || !JSON_BODY.test(contentType ?? "") || isCrossOrigin(request))
      return false;
    const type = jsonAnswerType(accept);
    if (type === undefined && accept !== "text/event-stream") return false;
    const asked = operationRequest(body);
    const operation = asked && pipeline.prepare(asked);
    if (!operation || !("definition" in operation)) return false;
    if (type !== undefined)
      return !isSubscription(operation) && (await answerJson(pipeline, operation, type, response));
    const group = isSubscription(operation) ? fanOut.groupOf(operation) : undefined;
    if (group) await answerEvents(pipeline, group, response, keepAliveMs);
    return group !== undefined;
  }
}
