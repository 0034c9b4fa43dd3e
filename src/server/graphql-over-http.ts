import type { IncomingMessage, ServerResponse } from "node:http";
import { getOperationAST } from "graphql";
import type { Authentication } from "../access/authenticate.ts";
import { ANONYMOUS } from "../access/caller.ts";
import { Unauthenticated } from "../access/unauthenticated.ts";
import { CodedError } from "../errors.ts";
import type { ContextFor, GatewayContext } from "../schema/context.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Looked } from "./documents/documents.ts";
import { refuseDocument } from "./documents/refuse-document.ts";
import { answerEvents } from "./event-stream-lane.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { Group } from "./fan-out/group.ts";
import { answerJson, jsonAnswerType } from "./json-lane.ts";
import { TooSoon, type CallerLimits } from "./limits/caller-limits.ts";
import { operationRequest } from "./operation-request.ts";
import { isCrossOrigin } from "./origin.ts";
import {
  isSubscription,
  type Operation,
  type OperationRequest,
  type Pipeline,
} from "./pipeline.ts";
import { readBody } from "./read-body.ts";
import { readableByPage } from "./readable-by-page.ts";
import { refuse } from "./refuse.ts";
import { refuseTooSoon } from "./refuse-too-soon.ts";
import { refuseUnauthenticated } from "./refuse-unauthenticated.ts";
import { replayedRequest } from "./replayed-request.ts";
import { answerWork, asksForWork } from "./work-stream-lane.ts";
import type { Yoga } from "./yoga.ts";

/** As Yoga reads it: in small letters, and nothing before the semicolon. */
const JSON_BODY = /^application\/json(?:;\s*charset=(?:utf|UTF)-?8)?$/;

/**
 * A page anywhere can send a form without asking first (Fetch, "CORS-safelisted request-header"). Yoga takes this
 * one, and refuses the other two, multipart and text/plain, itself.
 */
const FORM = /^application\/x-www-form-urlencoded/i;

export interface HttpOptions {
  readonly yoga: Yoga;
  readonly pipeline: Pipeline;
  readonly fanOut: FanOut;
  readonly authentication: Authentication;
  readonly contextFor: ContextFor;
  readonly limits: CallerLimits;
  readonly path: string;
  readonly maxRequestBytes: number;
  readonly keepAliveMs: number;
  readonly logger: Logger;
}

/**
 * GraphQL over HTTP: short lanes for what nearly all requests are, well-formed JSON POSTs, and Yoga for
 * everything else. A lane gives the answer that Yoga would give.
 */
export class GraphQLOverHttp {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { yoga, pipeline, authentication, limits, maxRequestBytes, keepAliveMs } = this.#options;
    try {
      const found = this.#contextOf(request);
      const context = found instanceof Promise ? await found : found;
      if (request.socket.destroyed) return;
      if (request.method !== "OPTIONS") limits.operation(context.caller, request);
      if (request.method !== "POST") {
        await yoga.handle(request, response, { context });
        return;
      }
      if (FORM.test(request.headers["content-type"] ?? "")) {
        const message = "Forms are not taken; send application/json";
        refuse(response, 415, "BAD_USER_INPUT", message, readableByPage(request));
        return;
      }
      const body = await readBody(request, maxRequestBytes);
      if (!body) {
        this.#refuseTooLarge(request, response);
        return;
      }
      const lane = this.#lane(request, body);
      const stream = { pipeline, authentication, keepAliveMs };
      if (lane?.kind === "events") {
        await answerEvents(stream, lane.group, context, response);
        return;
      }
      if (lane?.kind === "work") {
        await answerWork(stream, lane.operation, context, response);
        return;
      }
      if (lane?.kind === "refused") {
        refuseDocument(response, lane.contentType, lane.looked, (error) => pipeline.mask(error));
        return;
      }
      if (lane?.kind === "json") {
        const result = await pipeline.execute(lane.operation, context);
        // What is wrong with variables is found before anything is executed, and told without data.
        if ("data" in result) {
          answerJson(response, lane.contentType, result);
          return;
        }
      }
      const looked = lane?.kind === "yoga" ? lane.looked : undefined;
      await yoga.handle(replayedRequest(request, body), response, { context, looked });
    } catch (error) {
      this.#failed(error, request, response);
    }
  }

  /** Nothing is awaited where it is known already: requests are answered in fewer turns. */
  #contextOf(request: IncomingMessage): GatewayContext | Promise<GatewayContext> {
    const { authentication, contextFor } = this.#options;
    // A preflight shows nothing, and nothing is executed for it (Fetch, "CORS-preflight fetch").
    if (request.method === "OPTIONS") return contextFor(ANONYMOUS);
    const { headers, socket } = request;
    const { remoteAddress } = socket;
    const caller = authentication.authenticate({ headers, remoteAddress }, socket);
    return caller instanceof Promise ? caller.then(contextFor) : contextFor(caller);
  }

  /** Undefined where it is Yoga that answers. */
  #lane(request: IncomingMessage, body: Buffer): Lane | undefined {
    const { pipeline, fanOut, path } = this.#options;
    const { accept, "content-type": contentType } = request.headers;
    if (request.url !== path || !isJson(contentType) || isCrossOrigin(request)) return undefined;
    const type = jsonAnswerType(accept);
    if (type === undefined && accept !== "text/event-stream") return undefined;
    const asked = operationRequest(body);
    const operation = asked && pipeline.prepare(asked);
    if (!operation) return undefined;
    if (!("definition" in operation)) {
      const { looked } = operation;
      if (!looked) return undefined;
      return type !== undefined && isWrongByItself(asked, looked)
        ? { kind: "refused", looked, contentType: type }
        : { kind: "yoga", looked };
    }
    if (isSubscription(operation)) {
      const group = type === undefined ? fanOut.groupOf(operation) : undefined;
      if (group) return { kind: "events", group };
      return type === undefined && asksForWork(operation) ? { kind: "work", operation } : undefined;
    }
    return type === undefined ? undefined : { kind: "json", operation, contentType: type };
  }

  #refuseTooLarge(request: IncomingMessage, response: ServerResponse): void {
    const { pipeline, maxRequestBytes } = this.#options;
    const message = `The request is larger than ${maxRequestBytes} bytes`;
    const error = new CodedError("LIMIT_EXCEEDED", message, { limit: "maxRequestBytes" });
    pipeline.mask(error);
    refuse(response, 413, error.code, message, readableByPage(request));
  }

  #failed(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (request.destroyed && !request.complete) return;
    if (error instanceof Unauthenticated && !response.headersSent) {
      refuseUnauthenticated(error, request, response);
      return;
    }
    if (error instanceof TooSoon) {
      this.#options.pipeline.mask(error);
      refuseTooSoon(error, request, response);
      return;
    }
    this.#options.logger.error({ err: error }, "a request could not be answered");
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const message = "The gateway failed; its log says why";
    refuse(response, 500, "INTERNAL_SERVER_ERROR", message, readableByPage(request));
  }
}

/** What a short lane answers, or has found for Yoga. */
type Lane =
  | { readonly kind: "refused"; readonly looked: Looked; readonly contentType: string }
  | { readonly kind: "yoga"; readonly looked: Looked }
  | { readonly kind: "json"; readonly operation: Operation; readonly contentType: string }
  | { readonly kind: "events"; readonly group: Group }
  | { readonly kind: "work"; readonly operation: Operation };

/** That there is no document, or no such operation in it, Yoga says before it looks for what is wrong with it. */
function isWrongByItself(
  { query, operationName }: OperationRequest,
  { document }: Looked,
): boolean {
  return query !== "" && (!document || getOperationAST(document, operationName) !== null);
}

function isJson(contentType: string | undefined): boolean {
  return contentType === "application/json" || JSON_BODY.test(contentType ?? "");
}
