import {
  GraphQLError,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from "graphql";
import { invariant } from "../../errors.ts";
import { isSourceAlone } from "../../schema/source-alone.ts";
import { collectFields, type SelectionContext } from "./collect-fields.ts";
import { NotPlanned } from "./not-planned.ts";
import { sourceOnlyResolver } from "./source-only-resolver.ts";

/** `index`: where it is an item of a list. */
type Complete = (value: unknown, place: Place, index?: number) => unknown;

/** A field's place in the response, and the errors that are found there. */
export interface Place {
  readonly nodes: readonly FieldNode[];
  readonly name: string;
  readonly errors: GraphQLError[];
}

function pathOf({ name }: Place, index: number | undefined): readonly (string | number)[] {
  return index === undefined ? [name] : [name, index];
}

/**
 * `CompleteValue` (GraphQL specification, section 6.4.3) of a root field whose type is a leaf, an object of leaves, or a
 * list of those in which each item has an error of its own.
 * @throws {NotPlanned} where the type is another, or may be resolved from more than its source.
 */
export function completion(
  context: SelectionContext,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Complete {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (!isListType(inner)) return completeNamed(context, type, nodes);
  const itemType = inner.ofType as GraphQLOutputType;
  if (isNonNullType(itemType)) throw new NotPlanned();
  const completeItem = completeNamed(context, itemType, nodes);
  return (value, place) => {
    invariant(Array.isArray(value), "a field of a list type resolves to an array");
    return completeItems(value, completeItem, place);
  };
}

async function completeItems(
  items: readonly unknown[],
  complete: Complete,
  place: Place,
): Promise<readonly unknown[]> {
  const failed = (error: unknown, index: number): null => {
    place.errors.push(locatedError(error, place.nodes, pathOf(place, index)));
    return null;
  };
  const completed = (item: unknown, index: number): unknown => {
    try {
      return complete(item, place, index);
    } catch (error) {
      return failed(error, index);
    }
  };
  const results: unknown[] = items.map((item, index) =>
    item instanceof Promise
      ? item.then(
          (settled) => completed(settled, index),
          (error: unknown) => failed(error, index),
        )
      : completed(item, index),
  );
  // None of them rejects. `Promise.all` would hold another closure for each of them.
  for (const [index, result] of results.entries())
    if (result instanceof Promise) results[index] = await result;
  return results;
}

function completeNamed(
  context: SelectionContext,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Complete {
  const isNullable = !isNonNullType(type);
  const named = isNullable ? type : type.ofType;
  const complete = isLeafType(named)
    ? (value: unknown) => named.serialize(value)
    : isObjectType(named)
      ? completeObject(context, named, nodes)
      : undefined;
  if (!complete) throw new NotPlanned();
  return (value, place, index) => {
    if (value !== null && value !== undefined) return complete(value, place, index);
    invariant(isNullable, "what may not be null is not null");
    return null;
  };
}

function completeObject(
  context: SelectionContext,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): Complete {
  if (type.isTypeOf || !isSourceAlone(type)) throw new NotPlanned();
  const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const fields = [...collectFields(context, type, selectionSets)].map(([name, leafNodes]) => ({
    name,
    leafNodes,
    ...completeField(type, leafNodes[0]?.name.value ?? ""),
  }));
  if (fields.some(({ name }) => name === "__proto__")) throw new NotPlanned();
  return (source, place, index) => {
    // With a prototype: an object without one is a hash table in V8, which takes longer to make and to write.
    const object: Record<string, unknown> = {};
    for (const { name, leafNodes, isNullable, complete } of fields)
      try {
        object[name] = complete(source);
      } catch (error) {
        // GraphQL specification, section 6.4.4: null where it may be, else its parent is.
        const located = locatedError(error, leafNodes, [...pathOf(place, index), name]);
        if (!isNullable) throw located;
        place.errors.push(located);
        object[name] = null;
      }
    return object;
  };
}

function completeField(
  parent: GraphQLObjectType,
  name: string,
): { isNullable: boolean; complete: (source: unknown) => unknown } {
  if (name === "__typename") return { isNullable: false, complete: () => parent.name };
  const field = parent.getFields()[name];
  const type = field && (isNonNullType(field.type) ? field.type.ofType : field.type);
  if (!field || !isLeafType(type)) throw new NotPlanned();
  const resolve = sourceOnlyResolver(field);
  const isNullable = !isNonNullType(field.type);
  return {
    isNullable,
    complete(source) {
      const value = resolve(source);
      if (value !== null && value !== undefined) return type.serialize(value);
      invariant(isNullable, "what may not be null is not null");
      return null;
    },
  };
}
