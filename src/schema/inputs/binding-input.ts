import type { Binding } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import { toFieldTable } from "../field-table-json.ts";
import { DestinationTypeEnum } from "../types/binding.ts";
import { givenTwice } from "./given-twice.ts";
import { headersMatch, HeadersMatchInput } from "./headers-match-input.ts";

export const BindingInput = builder.inputType("BindingInput", {
  description: "A binding, identified by all of its parts together.",
  fields: (t) => ({
    source: t.string({ description: "The exchange that messages come from." }),
    destination: t.string({ description: "The queue or exchange that they go to." }),
    destinationType: t.field({
      type: DestinationTypeEnum,
      defaultValue: "queue",
      description: "Whether the destination is a queue or an exchange.",
    }),
    routingKey: t.string({
      defaultValue: "",
      description: "A key or pattern, as the source's type has it.",
    }),
    headers: t.field({
      type: HeadersMatchInput,
      required: false,
      description: "What a headers exchange compares.",
    }),
    arguments: t.field({
      type: "JSONObject",
      required: false,
      description: "Further arguments, for broker plugins.",
    }),
  }),
});

/** As the broker takes it. */
export function binding(given: typeof BindingInput.$inferInput): Binding {
  const bindingArguments = toFieldTable("arguments", given.arguments);
  if (given.headers) {
    const { match, values } = headersMatch(given.headers);
    const twice = [...Object.keys(values), "x-match"].find((key) => key in bindingArguments);
    if (twice !== undefined) throw givenTwice("headers", `arguments[${JSON.stringify(twice)}]`);
    Object.assign(bindingArguments, values, { "x-match": match });
  }
  return {
    source: given.source,
    destination: given.destination,
    destinationType: given.destinationType ?? "queue",
    routingKey: given.routingKey ?? "",
    arguments: bindingArguments,
  };
}
