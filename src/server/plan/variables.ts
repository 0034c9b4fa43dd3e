import {
  isInputType,
  isNonNullType,
  typeFromAST,
  valueFromAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { NotPlanned } from "./not-planned.ts";
import { inputCoercion } from "./input-coercion.ts";

export type Variables = Readonly<Record<string, unknown>>;

/**
 * `CoerceVariableValues` (GraphQL specification, section 6.1.2), compiled for one operation.
 * @throws {NotPlanned} where they do not fit: graphql-js says what is wrong with them.
 */
export function variableCoercion(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): (given: Variables) => Variables {
  const variables = variableDefinitions.map((definition) => {
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) throw new NotPlanned();
    return {
      name: definition.variable.name.value,
      coerce: inputCoercion(type),
      isRequired: isNonNullType(type),
      defaultValue: definition.defaultValue && valueFromAST(definition.defaultValue, type),
    };
  });
  return (given) => {
    const coerced: Record<string, unknown> = {};
    for (const { name, coerce, isRequired, defaultValue } of variables) {
      if (Object.hasOwn(given, name)) coerced[name] = coerce(given[name]);
      else if (defaultValue !== undefined) coerced[name] = defaultValue;
      else if (isRequired) throw new NotPlanned();
    }
    return coerced;
  };
}
