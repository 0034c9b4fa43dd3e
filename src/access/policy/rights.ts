import { LRUCache } from "lru-cache";
import type { FieldTable } from "../../broker/field-table.ts";
import type { HeadersMatch } from "../../broker/topology.ts";
import { TopicSet } from "../topic-set.ts";
import type { ExchangeAction, QueueAction } from "./actions.ts";
import type { Grant } from "./grant.ts";
import { haveValues } from "./header-values.ts";

/** Names that what is granted on them is remembered for. */
const NAMES_KEPT = 1_000;

/** Keys that somebody may publish with, and that need no second look. */
const KEYS_KEPT = 1_000;

/** What makes an exchange choose: keys (topic, direct), headers, or neither (fanout, and what plugins bring). */
export type Routing = "keys" | "headers" | "neither";

/** What is asked of the messages of an exchange. */
export interface Wish {
  readonly routingPatterns: readonly string[];
  readonly headers?: { readonly match: HeadersMatch; readonly values: FieldTable };
}

/** The grants that let somebody do something, together. */
export type Granted = readonly Grant[];

/**
 * What one caller may do. Each method answers with the grants that decide it, or with undefined where
 * nothing grants it.
 */
export class Rights {
  readonly #grants: readonly Grant[];
  readonly #named = new LRUCache<string, readonly Grant[]>({ max: NAMES_KEPT });

  readonly #published = new LRUCache<string, Grant>({ max: KEYS_KEPT });

  constructor(grants: readonly Grant[]) {
    this.#grants = grants;
  }

  /** All that is granted on something of this kind. */
  grantsOn(on: Grant["on"]): readonly Grant[] {
    return this.#grants.filter((grant) => grant.on === on);
  }

  /** Every one of the keys that a message is published with. */
  publish(
    action: "publish" | "request",
    exchange: string,
    message: { readonly routingKeys: readonly string[]; readonly headers: FieldTable },
  ): Granted | undefined {
    return allOf(
      message.routingKeys.map((key) => this.publishOne(action, exchange, key, message.headers)),
    );
  }

  /** One of those keys. */
  publishOne(
    action: "publish" | "request",
    exchange: string,
    key: string,
    headers: FieldTable,
  ): Grant | undefined {
    const asked = `${action} ${exchange.length} ${exchange}${key}`;
    const known = this.#published.get(asked);
    if (known) return known;
    const grant = this.#onExchange(action, exchange).find(
      (each) =>
        (!each.keys || each.keys.set.matches(key)) &&
        (!each.headers || haveValues(headers, each.headers)),
    );
    if (grant && !grant.headers) this.#published.set(asked, grant);
    return grant;
  }

  /** Every key that the pattern matches, of messages whose headers nothing is known of. */
  publishAny(exchange: string, pattern: string): Granted | undefined {
    const candidates = this.#onExchange("publish", exchange).filter(({ headers }) => !headers);
    return coveringKeys(candidates, pattern);
  }

  /**
   * Every message that the wish is met by. On an exchange that chooses by keys only what is granted by keys
   * counts, on one that chooses by headers what is granted by headers, and what is granted by neither
   * always does; `routing` left out: as though it were the one for which something is granted.
   */
  subscribe(exchange: string, wish: Wish, routing?: Routing): Granted | undefined {
    const candidates = this.#onExchange("subscribe", exchange);
    const whole = candidates.find(({ keys, headers }) => !keys && !headers);
    if (whole) return [whole];
    if (routing === undefined)
      return this.subscribe(exchange, wish, "keys") ?? this.subscribe(exchange, wish, "headers");
    if (routing === "neither") return undefined;
    if (routing === "headers") return coveringHeaders(candidates, wish);
    const byKeys = candidates.filter(({ headers }) => !headers);
    return allOf(wish.routingPatterns.map((pattern) => coveringKeys(byKeys, pattern)))?.flat();
  }

  /** Whether anything of an exchange can be subscribed to only as far as keys or headers go. */
  chooses(exchange: string): boolean {
    return !this.#onExchange("subscribe", exchange).some(({ keys, headers }) => !keys && !headers);
  }

  exchange(action: "configure" | "read", exchange: string): Granted | undefined {
    const [grant] = this.#onExchange(action, exchange);
    return grant && [grant];
  }

  /** Bindings from an exchange, with the key or pattern that they have. */
  readBinding(exchange: string, pattern: string): Granted | undefined {
    return coveringKeys(this.#onExchange("read", exchange), pattern);
  }

  queue(action: QueueAction, queue: string): Granted | undefined {
    const [grant] = this.#on("queues", action, queue);
    return grant && [grant];
  }

  /** The same of every queue there is. */
  everyQueue(action: QueueAction): Granted | undefined {
    const grant = this.grantsOn("queues").find(
      ({ actions, names }) => actions.has(action) && names.some((name) => name.isEverything),
    );
    return grant && [grant];
  }

  readBroker(): Granted | undefined {
    const [grant] = this.grantsOn("broker");
    return grant && [grant];
  }

  #onExchange(action: ExchangeAction, exchange: string): readonly Grant[] {
    return this.#on("exchanges", action, exchange);
  }

  #on(on: "exchanges" | "queues", action: ExchangeAction | QueueAction, name: string) {
    const key = `${on} ${action} ${name}`;
    const known = this.#named.get(key);
    if (known) return known;
    const found = this.#grants.filter(
      (grant) =>
        grant.on === on &&
        grant.actions.has(action) &&
        grant.names.some((pattern) => pattern.matches(name)),
    );
    this.#named.set(key, found);
    return found;
  }
}

/** One grant where one is enough, else all of them, where they match it together. */
function coveringKeys(candidates: readonly Grant[], pattern: string): Granted | undefined {
  const one = candidates.find(({ keys }) => !keys || keys.set.contains(pattern));
  if (one) return [one];
  const together = new TopicSet(candidates.flatMap(({ keys }) => keys?.patterns ?? ["#"]));
  return candidates.length > 1 && together.contains(pattern) ? candidates : undefined;
}

/** Of what is asked of all headers, something granted must be a part; of what is asked of any, of each. */
function coveringHeaders(candidates: readonly Grant[], { headers }: Wish): Granted | undefined {
  if (!headers) return undefined;
  const covering = (values: FieldTable) =>
    candidates.find((grant) => grant.headers && !grant.keys && haveValues(values, grant.headers));
  if (headers.match === "all") return allOf([covering(headers.values)]);
  const each = Object.entries(headers.values).map(([name, value]) => covering({ [name]: value }));
  return each.length > 0 ? allOf(each) : undefined;
}

function allOf<T>(found: readonly (T | undefined)[]): readonly T[] | undefined {
  const all = found.filter((one) => one !== undefined);
  return all.length === found.length ? [...new Set(all)] : undefined;
}
