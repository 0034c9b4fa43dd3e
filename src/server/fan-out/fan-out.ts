import {
  getArgumentValues,
  getVariableValues,
  Kind,
  type FieldNode,
  type GraphQLSchema,
} from "graphql";
import type { Feeds } from "../../feed/feeds.ts";
import { FEED_FIELDS } from "../../schema/subscriptions/feed-fields.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Operation } from "../pipeline.ts";
import { EventRenderer } from "./event-renderer.ts";
import { Group } from "./group.ts";

/**
 * The hot path of subscriptions: those with the same document, operation and variables, whose
 * response depends on the event alone, are one group. Whatever a response comes to depend on besides
 * (who is asking, say) must become part of the key, or make the subscription a matter for graphql-js.
 */
export class FanOut {
  readonly #schema: GraphQLSchema;
  readonly #feeds: Feeds;
  readonly #logger: Logger;
  readonly #groups = new Map<string, Group>();

  constructor(schema: GraphQLSchema, feeds: Feeds, logger: Logger) {
    this.#schema = schema;
    this.#feeds = feeds;
    this.#logger = logger;
  }

  /** The group to subscribe in; undefined where the operation is a matter for graphql-js. */
  groupOf(operation: Operation): Group | undefined {
    const key = keyOf(operation);
    if (key === undefined) return undefined;
    const existing = this.#groups.get(key);
    if (existing) return existing;
    const group = this.#newGroup(operation, () => {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
    });
    if (group) this.#groups.set(key, group);
    return group;
  }

  #newGroup(operation: Operation, onEmpty: () => void): Group | undefined {
    const { document, definition, operationName } = operation;
    const field = feedField(operation);
    const declared = field && this.#schema.getSubscriptionType()?.getFields()[field.name.value];
    if (!declared) return undefined;
    const variables = operation.variables ?? {};
    const { coerced } = getVariableValues(
      this.#schema,
      definition.variableDefinitions ?? [],
      variables,
    );
    const renderer =
      coerced &&
      EventRenderer.of(
        { schema: this.#schema, document, operationName, variables, coercedVariables: coerced },
        this.#logger,
      );
    if (!renderer) return undefined;
    const { spec, sourceOf, tellsGaps } = FEED_FIELDS[field.name.value as keyof typeof FEED_FIELDS];
    const tapSpec = () => spec(getArgumentValues(declared, field, coerced));
    return new Group({
      field,
      renderer,
      sourceOf,
      tellsGaps,
      bounds: this.#feeds.bounds,
      tally: this.#feeds.tally,
      join: (subscriber) => this.#feeds.join(tapSpec(), subscriber),
      admit: ({ admitToTap }) => admitToTap?.(tapSpec()),
      onEmpty,
    });
  }
}

/**
 * Two operations have the same key only where they ask the same in the same words. Undefined where
 * JSON cannot tell the variables apart: it writes infinities as null and -0 as 0, and not too deep.
 */
function keyOf({ query, operationName, variables }: Operation): string | undefined {
  try {
    return JSON.stringify([query, operationName ?? null, variables ?? {}], exactNumbers);
  } catch {
    return undefined;
  }
}

function exactNumbers(_key: string, value: unknown): unknown {
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    throw new RangeError("JSON has no such number");
  return value;
}

/** The one root field, where it is plainly there and one that feeds know. */
function feedField({ definition }: Operation): FieldNode | undefined {
  const { selections } = definition.selectionSet;
  const [field] = selections;
  if (selections.length !== 1 || field?.kind !== Kind.FIELD) return undefined;
  if (field.directives?.length) return undefined;
  return Object.hasOwn(FEED_FIELDS, field.name.value) ? field : undefined;
}
