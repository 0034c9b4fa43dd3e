import { readFileSync } from "node:fs";
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLNamedType,
} from "graphql";
import { describe, expect, test } from "vitest";
import { printSchema, schema } from "../../../src/schema/schema.ts";
import { contractGaps } from "./contract-gaps.ts";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("the schema", () => {
  test("is the one in schema.graphql; `npm run schema` writes it anew", () => {
    expect(read("schema.graphql")).toBe(printSchema());
  });

  test("has a description on every type, field, argument and enum value", () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    const without = types
      .flatMap(described)
      .filter(([, description]) => !description?.trim())
      .map(([coordinate]) => coordinate);
    expect(without).toEqual([]);
    expect(types.length).toBeGreaterThan(20);
  });

  test("contains the contract whole", () => {
    const contract = buildSchema(read("test/contract.graphql"));
    expect(contractGaps(contract, schema)).toEqual({ missing: [], different: [] });
  });
});

/** Everything in a type that can have a description, itself included, with its coordinate. */
function described(type: GraphQLNamedType): [string, string | null | undefined][] {
  const found: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type))
    for (const { name, description } of type.getValues())
      found.push([`${type.name}.${name}`, description]);
  if (isInputObjectType(type))
    for (const { name, description } of Object.values(type.getFields()))
      found.push([`${type.name}.${name}`, description]);
  if (isObjectType(type))
    for (const { name, description, args } of Object.values(type.getFields())) {
      found.push([`${type.name}.${name}`, description]);
      for (const argument of args)
        found.push([`${type.name}.${name}(${argument.name}:)`, argument.description]);
    }
  return found;
}
