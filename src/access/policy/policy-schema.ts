import { z } from "zod";
import { EXCHANGE_ACTIONS, QUEUE_ACTIONS, ACTIONS } from "./actions.ts";
import { shapeOf, templateProblem } from "./claim-template.ts";

const CALLER_KINDS = ["anonymous", "token", "api-key", "hook"] as const;
const MOST = 1_000;

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: "expected a text, a number, true or false",
});

const namePattern = z.string().superRefine((pattern, context) => {
  const problem =
    pattern === ""
      ? 'is empty: what is published to the default exchange "" is granted on queues'
      : (templateProblem(pattern) ?? hashProblem(pattern));
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

const keyPattern = z.string().superRefine((pattern, context) => {
  const problem = templateProblem(pattern) ?? wildcardProblem(pattern);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

const headerValue = scalar.superRefine((value, context) => {
  const problem = typeof value === "string" ? templateProblem(value) : undefined;
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

const grant = z
  .strictObject({
    allow: oneOrMany(z.enum(ACTIONS)).describe(
      "On exchanges: publish, subscribe, request, configure, read. On queues: publish (to the default exchange), consume, configure, read. On the broker: read.",
    ),
    exchanges: oneOrMany(namePattern)
      .optional()
      .describe(
        'Names of exchanges. Word by word: "#" is any number of words, "*" any characters but a dot.',
      ),
    queues: oneOrMany(namePattern)
      .optional()
      .describe("Names of queues, written as names of exchanges are."),
    broker: z
      .literal(true)
      .optional()
      .describe("The broker itself: its product, its version, its state and its connections."),
    keys: oneOrMany(keyPattern)
      .optional()
      .describe(
        'Routing patterns: "*" is one word, "#" any number of them. Left out: every key. For topic and direct exchanges.',
      ),
    headers: z
      .record(
        z.string().refine((name) => name !== "" && !name.startsWith("x-"), {
          message: 'a headers exchange does not compare headers whose name begins with "x-"',
        }),
        headerValue,
      )
      .optional()
      .describe(
        "Headers and their values that a message must have, or a subscription must ask for. For headers exchanges.",
      ),
  })
  .superRefine((given, context) => {
    const problem = grantProblem(given);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  })
  .meta({
    oneOf: ["exchanges", "queues", "broker"].map((kind) => ({ required: [kind] })),
  });

const rule = z.strictObject({
  name: z.string().min(1).max(100).describe("What `rabbitql explain` calls it."),
  callers: z
    .union(
      [
        z.literal("everyone"),
        z
          .strictObject({
            kind: oneOrMany(z.enum(CALLER_KINDS))
              .optional()
              .describe("How the caller has shown who it is."),
            claims: z
              .record(z.string().min(1), oneOrMany(scalar))
              .optional()
              .describe(
                "Claims that the caller must all have: the value, or a list in which it is; of several values one is enough.",
              ),
          })
          .refine(({ kind, claims }) => kind !== undefined || claims !== undefined, {
            message: 'names no kind and no claims; write "everyone" if that is meant',
          }),
      ],
      { error: 'expected "everyone", or an object with kind, claims or both' },
    )
    .describe('Whom the rule is for. "everyone" has the anonymous among them.'),
  grants: z.array(grant).min(1).max(MOST),
});

/** A policy file as it is written. */
export const policyDocument = z
  .strictObject({
    $schema: z.string().optional().describe("For editors."),
    version: z.literal(1),
    rules: z
      .array(rule)
      .max(MOST)
      .superRefine((rules, context) => {
        const names = new Set<string>();
        for (const [place, { name }] of rules.entries()) {
          if (names.has(name))
            context.addIssue({
              code: "custom",
              path: [place, "name"],
              message: `two rules are called ${JSON.stringify(name)}`,
            });
          names.add(name);
        }
      }),
  })
  .describe("What callers of rabbitql may do. Whatever no rule grants is forbidden.");

export type PolicyDocument = z.infer<typeof policyDocument>;
export type RuleDocument = PolicyDocument["rules"][number];
export type GrantDocument = RuleDocument["grants"][number];

function oneOrMany<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1).max(MOST)]);
}

/** What is written as one or as a list of several. */
export function listOf<T>(oneOrSeveral: T | readonly T[]): readonly T[] {
  return Array.isArray(oneOrSeveral) ? (oneOrSeveral as readonly T[]) : [oneOrSeveral as T];
}

function grantProblem(given: GrantDocument): string | undefined {
  const { exchanges, queues, broker, keys, headers, allow } = given;
  const of = [exchanges && "exchanges", queues && "queues", broker && "broker"].filter(Boolean);
  if (of.length !== 1) return "names one of exchanges, queues and broker, and no other";
  if (!exchanges && (keys ?? headers)) return "keys and headers are for exchanges";
  if (keys && headers && listOf(allow).includes("subscribe"))
    return "subscribe goes by keys or by headers, as the exchange does; write two grants";
  const known: readonly string[] = exchanges ? EXCHANGE_ACTIONS : queues ? QUEUE_ACTIONS : ["read"];
  const unknown = listOf(allow).find((action) => !known.includes(action));
  return unknown === undefined
    ? undefined
    : `${unknown} cannot be allowed on ${of[0]}; what can is ${known.join(", ")}`;
}

function hashProblem(pattern: string): string | undefined {
  const words = shapeOf(pattern).split(".");
  return words.some((word) => word !== "#" && word.includes("#"))
    ? '"#" is a word by itself, any number of words; within a word write "*"'
    : undefined;
}

function wildcardProblem(pattern: string): string | undefined {
  const words = shapeOf(pattern).split(".");
  return words.some((word) => word.length > 1 && /[*#]/.test(word))
    ? '"*" and "#" are words by themselves in a routing pattern, and stand for nothing within a word'
    : undefined;
}
