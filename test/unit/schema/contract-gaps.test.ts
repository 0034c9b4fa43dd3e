import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { contractGaps, type ContractGaps } from "./contract-gaps.ts";

const CONTRACT = /* GraphQL */ `
  type Query {
    peek(queue: String!, limit: Int! = 10): [Message!]!
    kind: Kind
    event: Event
    body(input: Body): Int
  }
  type Message {
    text: String
  }
  type Gap {
    dropped: Int
  }
  union Event = Message | Gap
  enum Kind {
    A
    B
  }
  input Body @oneOf {
    json: Int
    text: String
  }
`;

/** Those of a schema that is the contract but for one replacement. */
function gapsWhere(from: string | RegExp, to: string): ContractGaps {
  return contractGaps(buildSchema(CONTRACT), buildSchema(CONTRACT.replace(from, to)));
}

describe("the gaps between a contract and a schema", () => {
  test("are none where the schema is the contract, or has more", () => {
    const none = { missing: [], different: [] };
    expect(gapsWhere("", "")).toEqual(none);
    expect(gapsWhere("text: String\n", "text(as: String): String\n more: Int\n")).toEqual(none);
  });

  test.for([
    ["a field", /kind: Kind/, "", "Query.kind"],
    ["an argument", ", limit: Int! = 10", "", "Query.peek(limit:)"],
    ["an enum value", "    B\n", "", "Kind.B"],
    ["a member of a union", "| Gap", "", "Event.Gap"],
    ["an input field", "json: Int", "", "Body.json"],
  ] as const)("name %s that is missing", ([, from, to, coordinate]) => {
    expect(gapsWhere(from, to)).toEqual({ missing: [coordinate], different: [] });
  });

  test.for([
    ["nullability", "[Message!]!", "[Message]!", "Query.peek: [Message!]! in"],
    ["an argument's type", "queue: String!", "queue: ID!", "Query.peek(queue:): String! in"],
    ["a default", "= 10", "= 20", "Query.peek(limit:): Int! = 10 in the contract, Int! = 20 here"],
    ["no default", " = 10", "", "Query.peek(limit:): Int! = 10 in the contract, Int! here"],
    ["another kind", "@oneOf", "", "Body: input @oneOf in the contract, input here"],
  ] as const)("tell %s that differs", ([, from, to, told]) => {
    const { missing, different } = gapsWhere(from, to);
    expect(missing).toEqual([]);
    expect(different).toEqual([expect.stringContaining(told)]);
  });
});
