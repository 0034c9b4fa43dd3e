import {
  isLeafType,
  isNonNullType,
  isObjectType,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { isSourceAlone } from "../../schema/source-alone.ts";
import { collectFields, type SelectionContext } from "./collect-fields.ts";
import { fragmentsOf } from "./fragments-of.ts";
import { NotPlanned } from "./not-planned.ts";
import { sourceOnlyResolver } from "./source-only-resolver.ts";

/**
 * The response to one event, without errors.
 * @throws where the event ends in an error, which only graphql-js tells in its place.
 */
export type ResultPlan = (event: unknown) => ExecutionResult;

type Complete = (value: unknown) => unknown;

/**
 * Compiles a subscription that nobody shares to what `ExecuteSubscriptionEvent` (GraphQL specification, section
 * 6.2.3.2) gives for an event: graphql-js coerces the variables again for each.
 *
 * Undefined where a response may depend on anything but its event, or takes more than a plan knows: a type that is
 * not marked as resolved from its source alone, a union, a list.
 */
export function compileResultPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  { selectionSet }: OperationDefinitionNode,
  /** As their types have them (GraphQL specification, section 6.1.2). */
  variables: Readonly<Record<string, unknown>>,
): ResultPlan | undefined {
  const root = schema.getSubscriptionType();
  if (!root) return undefined;
  try {
    const context = { schema, fragments: fragmentsOf(document), variables };
    const complete = completeFields(context, root, [selectionSet]);
    return (event) => ({ data: complete(event) });
  } catch (error) {
    if (error instanceof NotPlanned) return undefined;
    throw error;
  }
}

function completeFields(
  context: SelectionContext,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): (source: unknown) => Record<string, unknown> {
  const fields = [...collectFields(context, type, selectionSets)].map(([name, nodes]) => ({
    name,
    complete: completeField(context, type, nodes),
  }));
  return (source) => {
    const object = Object.create(null) as Record<string, unknown>;
    for (const { name, complete } of fields) object[name] = complete(source);
    return object;
  };
}

function completeField(
  context: SelectionContext,
  parent: GraphQLObjectType,
  nodes: readonly FieldNode[],
): Complete {
  const name = nodes[0]?.name.value ?? "";
  if (name === "__typename") return () => parent.name;
  const field = parent.getFields()[name];
  if (!field) throw new NotPlanned();
  const resolve = sourceOnlyResolver(field);
  const complete = completeValue(context, field.type, nodes);
  return (source) => complete(resolve(source));
}

/** `CompleteValue` (GraphQL specification, section 6.4.3). */
function completeValue(
  context: SelectionContext,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Complete {
  const isNullable = !isNonNullType(type);
  const named = isNullable ? type : type.ofType;
  const complete = isLeafType(named)
    ? (value: unknown) => serialized(named.serialize(value))
    : isObjectType(named)
      ? completeObject(context, named, nodes)
      : undefined;
  if (!complete) throw new NotPlanned();
  return (value) => {
    if (value !== null && value !== undefined) return complete(value);
    if (!isNullable) throw new NotPlanned();
    return null;
  };
}

function completeObject(
  context: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): Complete {
  if (type.isTypeOf || !isSourceAlone(type)) throw new NotPlanned();
  return completeFields(
    context,
    type,
    nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
  );
}

/** A scalar that has no form of a value says so by an error, which is graphql-js's to tell. */
function serialized(value: unknown): unknown {
  if (value === null || value === undefined) throw new NotPlanned();
  return value;
}
