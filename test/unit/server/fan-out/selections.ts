import * as fc from "fast-check";
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from "graphql";

/** Variables that generated directives refer to. */
export const FLAGS = ["yes", "no"] as const;
export const FLAG_VALUES = { yes: true, no: false };

/** Selections on `type` and below, with aliases, fragments and directives, as GraphQL text. */
export function selections(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  depth = 4,
): fc.Arbitrary<string> {
  const items = fc.array(selection(schema, type, depth), { minLength: 1, maxLength: 5 });
  return items.map((chosen) => `{ ${chosen.join(" ")} }`);
}

function selection(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  depth: number,
): fc.Arbitrary<string> {
  const kinds: fc.Arbitrary<string>[] = [fc.constant("__typename"), aliased("__typename", "")];
  if (isObjectType(type)) {
    const fields = Object.values(type.getFields());
    const usable = fields.filter(
      ({ type: fieldType }) => depth > 1 || !isCompositeType(getNamedType(fieldType)),
    );
    kinds.push(
      fc.constantFrom(...usable).chain(({ name, type: fieldType }) => {
        const named = getNamedType(fieldType);
        const below = isCompositeType(named)
          ? selections(schema, named, depth - 1)
          : fc.constant("");
        return below.chain((text) =>
          fc.oneof(
            directives.map((directive) => `${name} ${directive} ${text}`),
            // An alias of its own for each field, so that fields merge or do not conflict.
            aliased(name, text),
          ),
        );
      }),
    );
  }
  if (depth > 1) kinds.push(inlineFragment(schema, type, depth));
  return fc.oneof({ maxDepth: 3 }, ...kinds);
}

function aliased(name: string, below: string): fc.Arbitrary<string> {
  const alias = `${name.replaceAll("_", "")}${below.length}${hash(below)}`;
  return directives.map((directive) => `${alias}: ${name} ${directive} ${below}`);
}

function inlineFragment(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  depth: number,
): fc.Arbitrary<string> {
  const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return fc
    .tuple(fc.constantFrom(...possible, undefined), directives)
    .chain(([condition, directive]) =>
      selections(schema, condition ?? type, depth - 1).map(
        (text) => `... ${condition ? `on ${condition.name}` : ""} ${directive} ${text}`,
      ),
    );
}

const directives = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("skip", "include"), fc.constantFrom("true", "false", "$yes", "$no"))
      .map(([name, value]) => `@${name}(if: ${value})`),
  },
);

function hash(text: string): string {
  let value = 7;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return value.toString(36);
}
