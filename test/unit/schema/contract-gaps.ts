import {
  astFromValue,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
  print,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";

/** How a schema falls short of a contract; what it has besides is its own affair. */
export interface ContractGaps {
  /** Coordinates of what is not there: `Queue`, `Query.queue`, `Query.peek(limit:)`. Not what is within. */
  readonly missing: readonly string[];
  /** What is there and otherwise, in both words. */
  readonly different: readonly string[];
}

export function contractGaps(contract: GraphQLSchema, schema: GraphQLSchema): ContractGaps {
  const missing: string[] = [];
  const different: string[] = [];

  /** Compares those of both sides that have the same name. */
  function each<T extends { readonly name: string }>(
    wanted: Iterable<T>,
    found: Iterable<T>,
    coordinate: (name: string) => string,
    compare: (at: string, wanted: T, found: T) => void,
  ): void {
    const byName = new Map([...found].map((item) => [item.name, item]));
    for (const item of wanted) {
      const at = coordinate(item.name);
      const counterpart = byName.get(item.name);
      if (counterpart) compare(at, item, counterpart);
      else missing.push(at);
    }
  }

  function same(at: string, wanted: string, found: string): void {
    if (wanted !== found) different.push(`${at}: ${wanted} in the contract, ${found} here`);
  }

  function compareInput(
    at: string,
    wanted: GraphQLArgument | GraphQLInputField,
    found: GraphQLArgument | GraphQLInputField,
  ): void {
    same(at, inputText(wanted), inputText(found));
  }

  function compareField(
    at: string,
    wanted: GraphQLField<unknown, unknown>,
    found: GraphQLField<unknown, unknown>,
  ): void {
    same(at, String(wanted.type), String(found.type));
    each(wanted.args, found.args, (name) => `${at}(${name}:)`, compareInput);
  }

  function compareType(at: string, wanted: GraphQLNamedType, found: GraphQLNamedType): void {
    const within = (name: string) => `${at}.${name}`;
    same(at, kindOf(wanted), kindOf(found));
    if (isObjectType(wanted) && isObjectType(found))
      each(fieldsOf(wanted), fieldsOf(found), within, compareField);
    if (isInputObjectType(wanted) && isInputObjectType(found))
      each(fieldsOf(wanted), fieldsOf(found), within, compareInput);
    if (isEnumType(wanted) && isEnumType(found))
      each(wanted.getValues(), found.getValues(), within, () => {});
    if (isUnionType(wanted) && isUnionType(found))
      each(wanted.getTypes(), found.getTypes(), within, () => {});
  }

  each(typesOf(contract), typesOf(schema), (name) => name, compareType);
  return { missing: missing.toSorted(), different };
}

/** Without those of introspection. */
function typesOf(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
}

function fieldsOf<F>(type: { getFields(): Readonly<Record<string, F>> }): F[] {
  return Object.values(type.getFields());
}

/** The type, with the default where there is one. */
function inputText({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  const value = defaultValue === undefined ? undefined : astFromValue(defaultValue, type);
  return value ? `${String(type)} = ${print(value)}` : String(type);
}

function kindOf(type: GraphQLNamedType): string {
  if (isScalarType(type)) return "scalar";
  if (isObjectType(type)) return "type";
  if (isInterfaceType(type)) return "interface";
  if (isUnionType(type)) return "union";
  if (isEnumType(type)) return "enum";
  return type.isOneOf ? "input @oneOf" : "input";
}
