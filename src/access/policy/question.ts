import type { FieldTable } from "../../broker/field-table.ts";
import {
  EXCHANGE_ACTIONS,
  QUEUE_ACTIONS,
  type ExchangeAction,
  type QueueAction,
} from "./actions.ts";
import type { Granted, Rights } from "./rights.ts";

/** Whether somebody may do something. */
export type Question =
  | {
      readonly on: "exchanges";
      readonly action: ExchangeAction;
      readonly name: string;
      /** Keys to publish with, or patterns to subscribe to; none: "#". */
      readonly keys: readonly string[];
      readonly headers: FieldTable | undefined;
    }
  | { readonly on: "queues"; readonly action: QueueAction; readonly name: string }
  | { readonly on: "broker" };

/** What decides it; undefined where it is not granted. */
export function answerTo(question: Question, rights: Rights): Granted | undefined {
  if (question.on === "broker") return rights.readBroker();
  if (question.on === "queues") return rights.queue(question.action, question.name);
  const { action, name, keys, headers } = question;
  if (action === "publish" || action === "request")
    return rights.publish(action, name, { routingKeys: keys, headers: headers ?? {} });
  if (action !== "subscribe") return rights.exchange(action, name);
  const routingPatterns = keys.length > 0 ? keys : ["#"];
  const wish = headers ? { match: "all" as const, values: headers } : undefined;
  return rights.subscribe(name, { routingPatterns, ...(wish ? { headers: wish } : {}) });
}

/**
 * The question that words ask: `publish orders order.new`, `consume work`, `read queue:work`, `read broker`.
 * A name is an exchange's where the action is for both, unless `queue:` is before it.
 * @throws {Error} that says how to ask.
 */
export function questionOf(words: readonly string[], headers: FieldTable | undefined): Question {
  const [action = "", asked, ...keys] = words;
  const exchangeAction = EXCHANGE_ACTIONS.find((known) => known === action);
  const queueAction = QUEUE_ACTIONS.find((known) => known === action);
  if (!exchangeAction && !queueAction) {
    const actions = [...new Set([...EXCHANGE_ACTIONS, ...QUEUE_ACTIONS])];
    throw new Error(
      `what may be done is one of ${actions.join(", ")}; not ${JSON.stringify(action)}`,
    );
  }
  if (asked === undefined)
    throw new Error(`say what to ${action}: the name of an exchange or a queue`);
  if (action === "read" && asked === "broker") return { on: "broker" };
  const [, kind, name = ""] = /^(?:(exchange|queue):)?(.*)$/s.exec(asked) ?? [];
  if (exchangeAction && kind !== "queue") {
    const needsKey = (action === "publish" || action === "request") && keys.length === 0;
    // As `publish` itself has it, where it is left out.
    return { on: "exchanges", action: exchangeAction, name, keys: needsKey ? [""] : keys, headers };
  }
  if (!queueAction || kind === "exchange")
    throw new Error(`${action} is not for ${kind === "queue" ? "queues" : "exchanges"}`);
  if (keys.length > 0) throw new Error(`a queue has no keys: ${keys.join(" ")} is too much`);
  return { on: "queues", action: queueAction, name };
}
