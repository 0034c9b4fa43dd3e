import { GraphQLScalarType } from "graphql";
import { GraphQLDateTime, GraphQLJSON, GraphQLJSONObject } from "graphql-scalars";
import { builder } from "../builder.ts";
import { Base64Scalar } from "./base64.ts";

builder.addScalarType("JSON", described(GraphQLJSON, "Any JSON value (ECMA-404)."));
builder.addScalarType(
  "JSONObject",
  described(
    GraphQLJSONObject,
    "A JSON object. Where it stands for an AMQP table, types that JSON lacks are objects with one key: " +
      '`{"$int64": "9007199254740993"}`, `{"$double": 1}`, `{"$bytes": "AQI="}` (base64), ' +
      '`{"$timestamp": "2026-01-31T12:00:00Z"}`, `{"$decimal": "12.34"}`. ' +
      "Such a key can be written in variables only: GraphQL's own literals have no names with $.",
  ),
);
builder.addScalarType(
  "DateTime",
  described(GraphQLDateTime, "An instant, as RFC 3339 has it; answered in UTC with milliseconds."),
);
builder.addScalarType("Base64", Base64Scalar);

function described<I, O>(
  scalar: GraphQLScalarType<I, O>,
  description: string,
): GraphQLScalarType<I, O> {
  return new GraphQLScalarType({ ...scalar.toConfig(), description });
}
