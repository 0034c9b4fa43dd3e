import {
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
} from "graphql";
import { NotPlanned } from "./not-planned.ts";

/**
 * From a value of JSON to what resolvers take.
 * @throws {NotPlanned} where the value does not fit: graphql-js says what is wrong with it.
 */
export type InputCoercion = (value: unknown) => unknown;

const known = new WeakMap<GraphQLInputType, InputCoercion>();

/** "Input Coercion" of each input type (GraphQL specification, section 3), compiled once a type. */
export function inputCoercion(type: GraphQLInputType): InputCoercion {
  let coercion = known.get(type);
  if (coercion) return coercion;
  // An input type may hold itself.
  known.set(type, (value) => inputCoercion(type)(value));
  coercion = compile(type);
  known.set(type, coercion);
  return coercion;
}

function compile(type: GraphQLInputType): InputCoercion {
  if (isNonNullType(type)) {
    const coerce = inputCoercion(type.ofType);
    return (value) => {
      if (value === null || value === undefined) throw new NotPlanned();
      return coerce(value);
    };
  }
  const coerce = isListType(type)
    ? listCoercion(inputCoercion(type.ofType))
    : isInputObjectType(type)
      ? objectCoercion(type)
      : leafCoercion(type);
  return (value) => (value === null || value === undefined ? null : coerce(value));
}

function listCoercion(coerceItem: InputCoercion): InputCoercion {
  return (value) => {
    if (Array.isArray(value)) return value.map(coerceItem);
    if (typeof value === "object") throw new NotPlanned();
    return [coerceItem(value)];
  };
}

function leafCoercion(type: GraphQLLeafType): InputCoercion {
  if (!isLeafType(type)) throw new NotPlanned();
  return (value) => {
    let parsed: unknown;
    try {
      parsed = type.parseValue(value);
    } catch {
      throw new NotPlanned();
    }
    if (parsed === undefined) throw new NotPlanned();
    return parsed;
  };
}

function objectCoercion(type: GraphQLInputObjectType): InputCoercion {
  const fields = Object.values(type.getFields());
  const coercions = new Map(fields.map(({ name, type: of }) => [name, inputCoercion(of)]));
  /** Those that are something, or an error, where they are left out. */
  const expected = fields.filter(
    ({ type: of, defaultValue }) => defaultValue !== undefined || isNonNullType(of),
  );
  return (value) => {
    if (typeof value !== "object" || Array.isArray(value)) throw new NotPlanned();
    const given = value as Readonly<Record<string, unknown>>;
    const coerced: Record<string, unknown> = {};
    // Few of a type's fields are given, so those are gone through, and not the type's.
    for (const name of Object.keys(given)) {
      const coerce = coercions.get(name);
      const part = given[name];
      if (!coerce || part === undefined) throw new NotPlanned();
      coerced[name] = coerce(part);
    }
    for (const { name, defaultValue } of expected) {
      if (Object.hasOwn(coerced, name)) continue;
      if (defaultValue === undefined) throw new NotPlanned();
      coerced[name] = defaultValue;
    }
    if (type.isOneOf) checkOneOf(coerced);
    return coerced;
  };
}

/** "OneOf Input Objects" (GraphQL specification, section 3.10.1). */
function checkOneOf(coerced: Readonly<Record<string, unknown>>): void {
  const values = Object.values(coerced);
  if (values.length !== 1 || values[0] === null) throw new NotPlanned();
}
