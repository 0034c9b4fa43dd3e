import {
  createSourceEventStream,
  execute,
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import type { GatewayContext } from "../schema/context.ts";
import { coded } from "./documents/document-rules.ts";
import type { PersistedOperations } from "./documents/persisted-operations.ts";
import {
  operationNamed,
  type Documents,
  type Looked,
  type PreparedOperation,
} from "./documents/documents.ts";
import { eventExecution } from "./plan/event-execution.ts";
import { NotPlanned } from "./plan/not-planned.ts";
import type { ErrorMask } from "./mask-error.ts";
import type { RunningOperations } from "./running-operations.ts";

/** What a client asks for, as its transport has read it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that can be executed. */
export interface Operation extends OperationRequest, PreparedOperation {}

/** Why there is no operation to execute. */
export interface Refused {
  readonly errors: readonly GraphQLError[];
  /** What was found of the document, where that is why. */
  readonly looked?: Looked;
}

/** From a request to its result, the same for every transport that is not Yoga's. */
export class Pipeline {
  readonly schema: GraphQLSchema;
  readonly #running: RunningOperations;
  readonly #errors: ErrorMask;
  readonly #documents: Documents;
  readonly #persisted: PersistedOperations | undefined;

  constructor(options: {
    schema: GraphQLSchema;
    documents: Documents;
    /** Left out: any document may be executed. */
    persisted?: PersistedOperations | undefined;
    running: RunningOperations;
    errors: ErrorMask;
  }) {
    this.schema = options.schema;
    this.#documents = options.documents;
    this.#persisted = options.persisted;
    this.#running = options.running;
    this.#errors = options.errors;
  }

  /** The operation that is asked for, or what is wrong with the request. */
  prepare(request: OperationRequest): Operation | Refused {
    let operations: readonly PreparedOperation[] | Looked;
    let query: string;
    try {
      query = this.#persisted?.documentOf(request) ?? request.query;
      operations = this.#documents.operations(query);
    } catch (error) {
      return { errors: [this.mask(error)] };
    }
    if ("errors" in operations) return { errors: operations.errors, looked: operations };
    const prepared = operationNamed(operations, request.operationName);
    if (!prepared) return { errors: [NAMES_NO_OPERATION] };
    const { operationName, variables } = request;
    const { document, definition, plan } = prepared;
    return { query, operationName, variables, document, definition, plan };
  }

  /** A query's or a mutation's result; counted as running until it is there. Never rejects. */
  async execute(operation: Operation, context: GatewayContext): Promise<ExecutionResult> {
    const ended = this.#running.begin();
    try {
      return this.#masked(await this.#executed(operation, context));
    } catch (error) {
      return { errors: [this.mask(error)] };
    } finally {
      ended();
    }
  }

  /** A subscription's results, or why there are none. */
  async subscribe(
    operation: Operation,
    context: GatewayContext,
  ): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const args = this.#arguments(operation, context);
    const events = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in events)) return this.#masked(events);
    const execution = eventExecution(args, operation.definition);
    return mapped(events, async (event) => this.#masked(await execution(event)));
  }

  mask(error: unknown): GraphQLError {
    return this.#errors.mask(error);
  }

  #executed(
    operation: Operation,
    context: GatewayContext,
  ): ExecutionResult | Promise<ExecutionResult> {
    const { plan, variables } = operation;
    if (plan)
      try {
        return plan(variables ?? {}, context);
      } catch (error) {
        if (!(error instanceof NotPlanned)) throw error;
      }
    return execute(this.#arguments(operation, context));
  }

  #arguments({ document, operationName, variables }: Operation, context: GatewayContext) {
    return {
      schema: this.schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue: context,
    };
  }

  #masked(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map((error) => this.mask(error)) };
  }
}

const NAMES_NO_OPERATION = coded(
  "BAD_USER_INPUT",
  new GraphQLError("operationName must name one of the operations"),
);

export function isSubscription({ definition }: Operation): boolean {
  return definition.operation === OperationTypeNode.SUBSCRIPTION;
}

/** The source's own iterator, whose `return` acts at once, with each event's result. */
function mapped(
  events: AsyncIterable<unknown>,
  resultOf: (event: unknown) => Promise<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult, void> {
  const iterator = events[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await iterator.next();
      if (done) return { done, value: undefined };
      try {
        return { done: false, value: await resultOf(value) };
      } catch (error) {
        await iterator.return?.();
        throw error;
      }
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
