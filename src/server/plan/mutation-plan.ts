import {
  BREAK,
  locatedError,
  OperationTypeNode,
  visit,
  isNonNullType,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { promised } from "../../promised.ts";
import type { GatewayContext } from "../../schema/context.ts";
import { collectFields, type SelectionContext } from "./collect-fields.ts";
import { NotPlanned } from "./not-planned.ts";
import { completion } from "./completion.ts";
import { fieldArguments } from "./field-arguments.ts";
import { fragmentsOf } from "./fragments-of.ts";
import { variableCoercion, type Variables } from "./variables.ts";

/**
 * Executes one mutation. Never rejects: a failure is an error of the result.
 * @throws {NotPlanned} before anything is executed, where the variables do not fit.
 */
export type MutationPlan = (
  variables: Variables,
  context: GatewayContext,
) => Promise<ExecutionResult>;

/**
 * Compiles an operation of one mutation to what `ExecuteMutation` (GraphQL specification, section
 * 6.2.2) does with it; errors come out as graphql-js has them. Publishing is most of what a gateway
 * executes, and graphql-js looks at every type again each time.
 *
 * Undefined for what takes more than a plan knows: several mutations in one operation, directives, and
 * results that are not an object of leaves, a leaf, or a list of those. graphql-js executes that.
 */
export function compileMutationPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
): MutationPlan | undefined {
  if (definition.operation !== OperationTypeNode.MUTATION || hasDirectives(document))
    return undefined;
  try {
    return compile({ schema, fragments: fragmentsOf(document), variables: {} }, definition);
  } catch (error) {
    if (error instanceof NotPlanned) return undefined;
    throw error;
  }
}

function compile(context: SelectionContext, definition: OperationDefinitionNode): MutationPlan {
  const root = context.schema.getMutationType();
  if (!root) throw new NotPlanned();
  const [selected, ...others] = collectFields(context, root, [definition.selectionSet]);
  const [name, nodes] = selected ?? ["", []];
  const [node] = nodes;
  const field = node && root.getFields()[node.name.value];
  // A resolver that takes a fourth parameter asks about the execution, of which there is none.
  if (!node || !field?.resolve || field.resolve.length > 3 || others.length > 0)
    throw new NotPlanned();
  const resolve = field.resolve as (source: unknown, args: unknown, context: unknown) => unknown;
  const coerce = variableCoercion(context.schema, definition);
  const argumentsOf = fieldArguments(field, node);
  const complete = completion(context, field.type, nodes);
  const isNullable = !isNonNullType(field.type);

  const execute = async (resolved: Promise<unknown>): Promise<ExecutionResult> => {
    const errors: GraphQLError[] = [];
    const data = Object.create(null) as Record<string, unknown>;
    try {
      data[name] = await complete(await resolved, { nodes, name, errors });
    } catch (error) {
      errors.push(locatedError(error, nodes, [name]));
      if (!isNullable) return { errors, data: null };
      data[name] = null;
    }
    return errors.length > 0 ? { errors, data } : { data };
  };
  // Coerced arguments are nothing to hold on to until there is a result: a batch of messages is among them.
  return (variables, gateway) => {
    const args = argumentsOf(coerce(variables));
    return execute(promised(() => Promise.resolve(resolve(undefined, args, gateway))));
  };
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive() {
      found = true;
      return BREAK;
    },
  });
  return found;
}
