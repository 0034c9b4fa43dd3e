import type { Caller } from "../caller.ts";
import { grantText, type Grant } from "./grant.ts";
import type { Policy } from "./policy.ts";
import { answerTo, type Question } from "./question.ts";

/** Whether a caller may do something, and why. */
export interface Explanation {
  readonly allowed: boolean;
  /** For people, a line for each thing there is to say. */
  readonly lines: readonly string[];
}

export function explain(policy: Policy, caller: Caller, question: Question): Explanation {
  const rights = policy.rightsOf(caller);
  const granted = answerTo(question, rights);
  if (granted)
    return {
      allowed: true,
      lines: [
        granted.length > 1 ? "allowed, by these together:" : "allowed, by",
        ...granted.map((grant) => `  ${grantText(grant)}`),
        ...warnings(question, granted),
      ],
    };
  return {
    allowed: false,
    lines: [
      "forbidden: nothing grants it",
      ...rights
        .grantsOn(question.on)
        .map((grant) => `  ${grantText(grant)}: ${whyNot(grant, question)}`),
      ...policy
        .notGranted(caller)
        .map(
          ({ rule, grant, why }) =>
            `  rule ${JSON.stringify(rule)}${grant === undefined ? "" : `, grant ${grant}`} does not apply: ${why}`,
        ),
    ],
  };
}

function whyNot({ actions, names, keys, headers }: Grant, question: Question): string {
  if (question.on === "broker") return "is for something else";
  const { action, name } = question;
  if (!actions.has(action)) return `does not allow ${action}`;
  if (!names.some((pattern) => pattern.matches(name))) return "is for other names";
  if (headers && keys) return "the keys or the headers are others";
  return headers ? "the headers are others" : "the keys are others, or more";
}

/** What only the broker knows. */
function warnings(question: Question, granted: readonly Grant[]): string[] {
  if (question.on !== "exchanges" || question.action !== "subscribe") return [];
  if (granted.some(({ keys }) => keys))
    return ["  as long as it is a topic or a direct exchange: others do not go by keys"];
  return granted.some(({ headers }) => headers) ? ["  as long as it is a headers exchange"] : [];
}
