import {
  getOperationAST,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type DocumentNode,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { jsonTextIn } from "../../schema/json-text.ts";
import { isSourceAlone } from "../../schema/source-alone.ts";
import { collectFields, type SelectionContext } from "./collect-fields.ts";
import { fragmentsOf } from "./fragments-of.ts";
import { NotPlanned } from "./not-planned.ts";
import { sourceOnlyResolver } from "./source-only-resolver.ts";

/**
 * The JSON text of the response to one event.
 * @throws {NotPlanned} where this event needs what only graphql-js does: an error, a null where none may be.
 */
export type EventPlan = (event: unknown) => string;

type Write = (value: unknown) => string;

/**
 * Compiles a subscription to a function from an event to JSON text: the text that
 * `ExecuteSubscriptionEvent` (GraphQL specification, section 6.2.3.2) and `JSON.stringify` would give.
 *
 * Undefined where the response may depend on anything but the event, or takes more than a plan knows:
 * a type that is not marked as resolved from its source alone, a list. Such a subscription is left to graphql-js.
 */
export function compileEventPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): EventPlan | undefined {
  const operation = getOperationAST(document, operationName);
  const root = schema.getSubscriptionType();
  if (!operation || !root) return undefined;
  const fragments = fragmentsOf(document);
  try {
    const write = writeFields({ schema, fragments, variables }, root, [operation.selectionSet]);
    return (event) => `{"data":${write(event)}}`;
  } catch (error) {
    if (error instanceof NotPlanned) return undefined;
    throw error;
  }
}

function writeObject(
  context: SelectionContext,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): Write {
  if (type.isTypeOf || !isSourceAlone(type)) throw new NotPlanned();
  return writeFields(context, type, selectionSets);
}

function writeFields(
  context: SelectionContext,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): Write {
  const fields = [...collectFields(context, type, selectionSets)].map(([name, nodes], place) => ({
    lead: `${place === 0 ? "{" : ","}${JSON.stringify(name)}:`,
    write: writeField(context, type, nodes),
  }));
  if (fields.length === 0) return () => "{}";
  return (source) => {
    let text = "";
    for (const { lead, write } of fields) text += lead + write(source);
    return `${text}}`;
  };
}

function writeField(
  context: SelectionContext,
  parent: GraphQLObjectType,
  nodes: readonly FieldNode[],
): Write {
  const name = nodes[0]?.name.value ?? "";
  if (name === "__typename") {
    const text = JSON.stringify(parent.name);
    return () => text;
  }
  const field = parent.getFields()[name];
  if (!field) throw new NotPlanned();
  const resolve = sourceOnlyResolver(field);
  const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const write = writeValue(context, field.type, selectionSets);
  const jsonText = jsonTextIn(field);
  if (jsonText) return (source) => jsonText(source) ?? write(resolve(source));
  return (source) => write(resolve(source));
}

/** `CompleteValue` (GraphQL specification, section 6.4.3). */
function writeValue(
  context: SelectionContext,
  type: GraphQLOutputType,
  selectionSets: readonly SelectionSetNode[],
): Write {
  if (isListType(type)) throw new NotPlanned();
  const isNullable = !isNonNullType(type);
  const named = isNullable ? type : type.ofType;
  if (isListType(named)) throw new NotPlanned();
  const write = writeNamed(context, named, selectionSets);
  return (value) => {
    if (value === null || value === undefined) {
      if (isNullable) return "null";
      throw new NotPlanned();
    }
    if (value instanceof Error || value instanceof Promise) throw new NotPlanned();
    return write(value);
  };
}

function writeNamed(
  context: SelectionContext,
  type: GraphQLNamedOutputType,
  selectionSets: readonly SelectionSetNode[],
): Write {
  if (isLeafType(type)) return writeLeaf(type);
  if (isObjectType(type)) return writeObject(context, type, selectionSets);
  if (isAbstractType(type)) return writeAbstract(context, type, selectionSets);
  throw new NotPlanned();
}

function writeLeaf(type: GraphQLLeafType): Write {
  return (value) => {
    const text: unknown = JSON.stringify(type.serialize(value));
    if (typeof text === "string") return text;
    throw new NotPlanned();
  };
}

function writeAbstract(
  context: SelectionContext,
  type: GraphQLAbstractType,
  selectionSets: readonly SelectionSetNode[],
): Write {
  const { resolveType } = type;
  if (!resolveType) throw new NotPlanned();
  const writers = new Map(
    context.schema
      .getPossibleTypes(type)
      .map((possible) => [possible.name, writeObject(context, possible, selectionSets)]),
  );
  // Types are told by the event alone: see the types' own `resolveType`.
  const typeOf = resolveType as (value: unknown) => unknown;
  return (value) => {
    const name = typeOf(value);
    const write = typeof name === "string" ? writers.get(name) : undefined;
    if (!write) throw new NotPlanned();
    return write(value);
  };
}
