import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import type { GatewayContext } from "../schema/context.ts";
import type { Logger } from "../telemetry/logger.ts";
import { maskError } from "./mask-error.ts";
import type { RunningOperations } from "./running-operations.ts";

/** What a client asks for, as its transport has read it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that can be executed. */
export interface Operation extends OperationRequest {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

/** Documents that are kept parsed and validated: so many, and none that is longer, in characters. */
const DOCUMENTS = 1_000;
const LONGEST_DOCUMENT = 16 * 1024;

/** A parsed document takes about a hundred times the room of its text; all together take so much, in bytes. */
const BYTES_PER_CHARACTER = 100;
const DOCUMENTS_BYTES = 64 * 1024 * 1024;

/** From a request to its result, the same for every transport that is not Yoga's. */
export class Pipeline {
  readonly schema: GraphQLSchema;
  readonly #context: GatewayContext;
  readonly #running: RunningOperations;
  readonly #logger: Logger;
  readonly #documents = new LRUCache<string, DocumentNode>({
    max: DOCUMENTS,
    maxSize: DOCUMENTS_BYTES,
    sizeCalculation: (_document, query) => BYTES_PER_CHARACTER * (query.length + 1),
  });

  constructor(options: {
    schema: GraphQLSchema;
    context: GatewayContext;
    running: RunningOperations;
    logger: Logger;
  }) {
    this.schema = options.schema;
    this.#context = options.context;
    this.#running = options.running;
    this.#logger = options.logger;
  }

  /** The operation that is asked for, or what is wrong with the request. */
  prepare(request: OperationRequest): Operation | readonly GraphQLError[] {
    const document = this.#document(request.query);
    if (!("kind" in document)) return document;
    const definition = getOperationAST(document, request.operationName);
    if (definition) return { ...request, document, definition };
    return [
      coded("BAD_USER_INPUT", new GraphQLError("operationName must name one of the operations")),
    ];
  }

  /** A query's or a mutation's result; counted as running until it is there. */
  async execute(operation: Operation): Promise<ExecutionResult> {
    return await this.#running.track(async () => {
      try {
        return this.#masked(await execute(this.#arguments(operation)));
      } catch (error) {
        return this.#masked({ errors: [maskError(error, this.#logger)] });
      }
    });
  }

  /** A subscription's results, or why there are none. */
  async subscribe(operation: Operation): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const results = await subscribe(this.#arguments(operation));
    if (!(Symbol.asyncIterator in results)) return this.#masked(results);
    return maskedIterable(results, (result) => this.#masked(result));
  }

  mask(error: unknown): GraphQLError {
    return maskError(error, this.#logger);
  }

  #document(query: string): DocumentNode | readonly GraphQLError[] {
    const known = this.#documents.get(query);
    if (known) return known;
    const document = this.#parsedAndValid(query);
    if ("kind" in document && query.length <= LONGEST_DOCUMENT)
      this.#documents.set(query, document);
    return document;
  }

  #parsedAndValid(query: string): DocumentNode | readonly GraphQLError[] {
    try {
      const document = parse(query);
      const errors = validate(this.schema, document);
      if (errors.length === 0) return document;
      return errors.map((error) => coded("GRAPHQL_VALIDATION_FAILED", error));
    } catch (error) {
      return [
        error instanceof GraphQLError ? coded("GRAPHQL_PARSE_FAILED", error) : this.mask(error),
      ];
    }
  }

  #arguments({ document, operationName, variables }: Operation) {
    return {
      schema: this.schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue: this.#context,
    };
  }

  #masked(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map((error) => this.mask(error)) };
  }
}

export function isSubscription({ definition }: Operation): boolean {
  return definition.operation === OperationTypeNode.SUBSCRIPTION;
}

/** The source's own iterator, whose `return` acts at once, with each result masked. */
function maskedIterable(
  results: AsyncGenerator<ExecutionResult, void, void>,
  mask: (result: ExecutionResult) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult, void> {
  return {
    async next() {
      const { done, value } = await results.next();
      return done ? { done, value: undefined } : { done: false, value: mask(value) };
    },
    return: () => results.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function coded(code: string, error: GraphQLError): GraphQLError {
  error.extensions["code"] ??= code;
  return error;
}
