import type { HeadersMatch } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import { givenTwice } from "./given-twice.ts";
import { toFieldTable } from "../field-table-json.ts";

const HEADERS_MATCH_VALUES = {
  ALL: { value: "all", description: "Every value must be there." },
  ANY: { value: "any", description: "One of the values is enough." },
} as const satisfies Record<Uppercase<HeadersMatch>, { value: HeadersMatch; description: string }>;

export const HeadersMatchEnum = builder.enumType("HeadersMatch", {
  description: "How many of the values a message's headers must have.",
  values: HEADERS_MATCH_VALUES,
});

export const HeadersMatchInput = builder.inputType("HeadersMatchInput", {
  description: "What a headers exchange compares with the headers of each message.",
  fields: (t) => ({
    match: t.field({
      type: HeadersMatchEnum,
      defaultValue: "all",
      description: "How many of the values a message's headers must have.",
    }),
    values: t.field({
      type: "JSONObject",
      description:
        "The headers and their values, compared with their types; null asks only that the header is there. " +
        'Headers whose name begins with "x-" are not compared.',
    }),
  }),
});

type HeadersMatchGiven = typeof HeadersMatchInput.$inferInput;

/** As the broker takes it. */
export function headersMatch(given: HeadersMatchGiven) {
  if (Object.hasOwn(given.values, "x-match")) throw givenTwice("headers.match", "headers.values");
  return {
    match: given.match ?? "all",
    values: toFieldTable("headers.values", given.values),
  } as const;
}
