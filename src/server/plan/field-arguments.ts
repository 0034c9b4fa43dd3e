import {
  isNonNullType,
  Kind,
  valueFromAST,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
} from "graphql";
import { NotPlanned } from "./not-planned.ts";
import type { Variables } from "./variables.ts";

/**
 * `CoerceArgumentValues` (GraphQL specification, section 6.4.1), compiled for one field.
 * @throws {NotPlanned} where they do not fit: graphql-js says what is wrong with them.
 */
export function fieldArguments(
  { args }: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (variables: Variables) => Record<string, unknown> {
  const read = args.map((argument) => ({
    argument,
    isRequired: isNonNullType(argument.type),
    valueOf: argumentValue(argument, node),
  }));
  return (variables) => {
    const values: Record<string, unknown> = {};
    for (const { argument, isRequired, valueOf } of read) {
      const value = valueOf(variables);
      if (value !== undefined) {
        if (value === null && isRequired) throw new NotPlanned();
        values[argument.name] = value;
      } else if (argument.defaultValue !== undefined) values[argument.name] = argument.defaultValue;
      else if (isRequired) throw new NotPlanned();
    }
    return values;
  };
}

/** The argument's value, or undefined where the field is without it. */
function argumentValue(
  { name, type }: GraphQLArgument,
  node: FieldNode,
): (variables: Variables) => unknown {
  const given = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (!given) return () => undefined;
  if (given.kind === Kind.VARIABLE) {
    const variable = given.name.value;
    return (variables) => variables[variable];
  }
  return (variables) => {
    const value = valueFromAST(given, type, variables);
    if (value === undefined) throw new NotPlanned();
    return value;
  };
}
