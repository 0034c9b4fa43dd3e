import { GraphQLError } from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import { schema } from "../schema/schema.ts";
import type { Authentication } from "../access/authenticate.ts";
import type { GatewayContext } from "../schema/context.ts";
import type { Logger } from "../telemetry/logger.ts";
import { applyDocumentRules, type DocumentHandling } from "./documents/apply-document-rules.ts";
import type { Looked } from "./documents/documents.ts";
import { endWithCaller } from "./end-with-caller.ts";
import { endWithResponse } from "./end-with-response.ts";
import type { RunningOperations } from "./running-operations.ts";

/** What Yoga is handed with each request. */
interface RequestContext {
  readonly context: GatewayContext;
  /** What was found of its document, where a lane has looked. */
  readonly looked?: Looked | undefined;
}

export type Yoga = YogaServerInstance<RequestContext, GatewayContext>;

/** Everything of GraphQL over HTTP and over SSE, in all its forms; bodies come to it within their bound. */
export function createGraphQLYoga(options: {
  path: string;
  allowedOrigins: readonly string[];
  handling: DocumentHandling;
  authentication: Authentication;
  running: RunningOperations;
  logger: Logger;
}): Yoga {
  const { path, allowedOrigins, handling, authentication, running, logger } = options;
  const { errors } = handling;
  return createYoga<RequestContext, GatewayContext>({
    schema,
    // A copy each time: Yoga puts the request into it.
    context: ({ context }) => ({ ...context }),
    graphqlEndpoint: path,
    maskedErrors: { maskError: (error) => withStatus(errors.mask(error)) },
    plugins: [
      applyDocumentRules(handling),
      countRunning(running),
      endWithCaller(authentication),
      endWithResponse(),
    ],
    maxRequestBodySize: false,
    // What Yoga calls an error is mostly a client's mistake; the mask logs what is ours.
    logging: {
      debug: (...args) => logger.trace({ args }, "yoga"),
      info: (...args) => logger.trace({ args }, "yoga"),
      warn: (...args) => logger.debug({ args }, "yoga"),
      error: (...args) => logger.debug({ args }, "yoga"),
    },
    // Served beside, without going through fetch: see graphiql/serve-graphiql.ts.
    graphiql: false,
    landingPage: false,
    // Yoga's default is every origin, with credentials.
    cors: allowedOrigins.length > 0 ? { origin: [...allowedOrigins], credentials: false } : false,
    multipart: false,
    batching: false,
    // What is kept, `documents` keeps; Yoga would keep what is wrong as well.
    parserAndValidationCache: false,
  });
}

/** Yoga's status for what is not GraphQL's own error is 500, where it was too deep a request as well. */
function withStatus(error: GraphQLError): GraphQLError {
  const { path, extensions } = error;
  if (path !== undefined || extensions["code"] !== "LIMIT_EXCEEDED") return error;
  return new GraphQLError(error.message, { extensions: { ...extensions, http: { status: 400 } } });
}

function countRunning(running: RunningOperations): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => running.track(() => executeFn(args)));
    },
  };
}
