import * as fc from "fast-check";
import {
  GraphQLEnumType,
  GraphQLError,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  type GraphQLFieldConfigMap,
  type GraphQLOutputType,
} from "graphql";
import { CodedError } from "../../../../src/errors.ts";
import { SOURCE_ALONE } from "../../../../src/schema/source-alone.ts";

/** A schema whose every field can go wrong, as its source says, and sources that make it. */

/** A field's value, or how it comes to have none. */
type Value = (() => unknown) | { readonly value: unknown };
type Source = Readonly<Record<string, Value>>;

const Picky = new GraphQLScalarType({
  name: "Picky",
  serialize: (value) => {
    if (value === "bad") throw new CodedError("LIMIT_EXCEEDED", "Too much");
    if (value === "worse") throw new Error("amqp://guest:secret@host");
    return value === "nothing" ? undefined : value;
  },
});
const Colour = new GraphQLEnumType({ name: "Colour", values: { RED: { value: 1 }, BLUE: {} } });

/** Its fields are a function's own, where nobody calls that. */
const Lazy = new GraphQLObjectType({
  name: "Lazy",
  extensions: SOURCE_ALONE,
  fields: { length: { type: GraphQLInt }, name: { type: GraphQLString } },
});

const Named: GraphQLInterfaceType = new GraphQLInterfaceType({
  name: "Named",
  fields: () => ({ text: { type: GraphQLString } }),
  resolveType: typeName,
});
const Leaf = new GraphQLObjectType({
  name: "Leaf",
  extensions: SOURCE_ALONE,
  interfaces: [Named],
  fields: leaves,
});
const Node: GraphQLObjectType = new GraphQLObjectType({
  name: "Node",
  extensions: SOURCE_ALONE,
  interfaces: [Named],
  fields: () => ({
    ...leaves(),
    ...both("node", Node),
    ...both("leaf", Leaf),
    ...both("any", Any),
    ...both("named", Named),
  }),
});
const Any = new GraphQLUnionType({ name: "Any", types: [Node, Leaf], resolveType: typeName });

export const troubledSchema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { none: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      may: { type: Node, resolve: (event) => event },
      must: { type: new GraphQLNonNull(Node), resolve: (event) => event },
      any: { type: Any, resolve: (event) => event },
    },
  }),
  types: [Leaf, Node],
});

function leaves(): GraphQLFieldConfigMap<Source, unknown> {
  return {
    ...both("text", GraphQLString),
    ...both("number", GraphQLInt),
    ...both("colour", Colour),
    ...both("picky", Picky),
    property: { type: GraphQLString },
    lazy: { type: Lazy },
  };
}

/** Nullable under its name, and not under another. */
function both(
  name: string,
  type: GraphQLOutputType &
    (
      | GraphQLInterfaceType
      | GraphQLObjectType
      | GraphQLUnionType
      | GraphQLScalarType
      | GraphQLEnumType
    ),
): GraphQLFieldConfigMap<Source, unknown> {
  const resolve = (source: Source) => valueOf(source[name]);
  return {
    [name]: { type, resolve },
    [`${name}Must`]: { type: new GraphQLNonNull(type), resolve },
  };
}

function valueOf(value: Value | undefined): unknown {
  if (value === undefined) return undefined;
  return typeof value === "function" ? value() : value.value;
}

function typeName(source: { readonly type?: string }): string | undefined {
  return source.type;
}

const thrown: readonly unknown[] = [
  new Error("amqp://guest:secret@host"),
  new CodedError("MESSAGE_TOO_LARGE", "Too large"),
  new GraphQLError("In GraphQL's own words"),
  new GraphQLError("With a code", { extensions: { code: "MINE" } }),
  "not even an Error",
];

const troubles: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(...thrown).map((error) => () => {
    throw error;
  }),
  fc.constantFrom(...thrown.filter((error) => error instanceof Error)).map((value) => ({ value })),
  fc.constantFrom(null, undefined).map((value) => ({ value })),
);

const orTrouble = (values: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 5, arbitrary: values.map((value) => ({ value })) },
    { weight: 1, arbitrary: troubles },
  );

const texts = orTrouble(fc.oneof(fc.string(), fc.constantFrom({}, [], 7, "\u2028\ud800")));
const numbers = orTrouble(
  fc.oneof(fc.integer(), fc.constantFrom(1.5, Infinity, 2 ** 31, "12", "x")),
);
const colours = orTrouble(fc.constantFrom(1, "BLUE", "GREEN", 1));
const pickies = orTrouble(fc.constantFrom("good", "bad", "worse", "nothing", { a: [1] }, null));
const property = fc.oneof(
  fc.constantFrom<unknown>("plain", null, undefined, new Error("an Error for a value"), 5, {}),
  fc.constant(() => "called"),
);
/** Of what type an object is, where that can be said. */
const typeNames = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("Node", "Leaf") },
  { weight: 1, arbitrary: fc.constantFrom(undefined, "Elsewhere", "Subscription") },
);

/** Events for `troubledSchema`. */
export const { sources } = fc.letrec<{ sources: unknown; below: unknown }>((tie) => ({
  sources: fc.record({
    type: typeNames,
    text: texts,
    number: numbers,
    colour: colours,
    picky: pickies,
    property,
    lazy: fc.constantFrom<unknown>({ name: "there" }, () => ({ name: "called" }), null),
    node: tie("below"),
    leaf: tie("below"),
    any: tie("below"),
    named: tie("below"),
  }),
  below: fc.oneof({ maxDepth: 3 }, troubles, orTrouble(tie("sources"))),
}));
