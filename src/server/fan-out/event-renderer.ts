import { execute, type DocumentNode, type ExecutionResult, type GraphQLSchema } from "graphql";
import { invariant } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { maskError } from "../mask-error.ts";
import { compileEventPlan, type EventPlan } from "../plan/event-plan.ts";

/** A subscription whose response to an event depends on that event alone. */
export interface SharedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** As they were given. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** As their types have them (GraphQL specification, section 6.1.2). */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
}

/** Renders the response to an event, once for everyone who asked the same. */
export class EventRenderer {
  readonly #operation: SharedOperation;
  readonly #plan: EventPlan;
  readonly #logger: Logger;

  private constructor(operation: SharedOperation, plan: EventPlan, logger: Logger) {
    this.#operation = operation;
    this.#plan = plan;
    this.#logger = logger;
  }

  /** Undefined where the response may depend on more than the event: see {@link compileEventPlan}. */
  static of(operation: SharedOperation, logger: Logger): EventRenderer | undefined {
    const { schema, document, operationName, coercedVariables } = operation;
    const plan = compileEventPlan(schema, document, operationName, coercedVariables);
    return plan && new EventRenderer(operation, plan, logger);
  }

  /**
   * The response as JSON text. `event` is what the subscription's resolver takes as its source.
   * Never throws: what cannot be rendered is an error of the operation's.
   */
  render(event: unknown): string {
    try {
      return this.#plan(event);
    } catch {
      return this.#executed(event);
    }
  }

  #executed(event: unknown): string {
    try {
      return JSON.stringify(this.#execute(event));
    } catch (error) {
      return JSON.stringify({ errors: [maskError(error, this.#logger)], data: null });
    }
  }

  /** graphql-js itself, for events that end in an error; it repeats the work, and tells errors as they are. */
  #execute(event: unknown): ExecutionResult {
    const { schema, document, operationName, variables } = this.#operation;
    const result = execute({
      schema,
      document,
      rootValue: event,
      contextValue: {},
      variableValues: variables,
      operationName: operationName ?? null,
    });
    invariant(!(result instanceof Promise), "an operation with a plan is executed at once");
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map((error) => maskError(error, this.#logger)) };
  }
}
