import {
  execute,
  getVariableValues,
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
} from "graphql";
import { compileResultPlan } from "./result-plan.ts";

/** The result of one event. */
export type EventExecution = (event: unknown) => ExecutionResult | Promise<ExecutionResult>;

/** By a plan where there is one; graphql-js executes what has none, and what ends in an error. */
export function eventExecution(
  args: ExecutionArgs,
  definition: OperationDefinitionNode,
): EventExecution {
  const { schema, document, variableValues } = args;
  const executed = (event: unknown) => execute({ ...args, rootValue: event });
  const definitions = definition.variableDefinitions ?? [];
  const { coerced } = getVariableValues(schema, definitions, variableValues ?? {});
  const plan = coerced && compileResultPlan(schema, document, definition, coerced);
  if (!plan) return executed;
  return (event) => {
    try {
      return plan(event);
    } catch {
      return executed(event);
    }
  };
}
