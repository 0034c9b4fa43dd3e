import { checkCopies } from "../broker/check-headers.ts";
import { quoted } from "../broker/check-short-string.ts";
import { fieldTable, type FieldTable, type FieldValue } from "../broker/field-table.ts";
import type { OutgoingMessage } from "../broker/message.ts";
import type { Binding, ExchangeSpec, QueueSpec, TapSpec } from "../broker/topology.ts";
import { CodedError } from "../errors.ts";
import type { Caller } from "./caller.ts";
import type { CurrentPolicy } from "./current-policy.ts";
import { forbidden, named } from "./forbidden.ts";
import { Hold } from "./hold.ts";
import type { QueueAction } from "./policy/actions.ts";
import type { Rights, Routing, Wish } from "./policy/rights.ts";

/** What makes an exchange choose; undefined where the broker cannot be asked, or has no such exchange. */
export type RoutingOf = (exchange: string) => Promise<Routing | undefined>;

/**
 * What one caller may do, by the policy of the moment. Each method throws FORBIDDEN, or rejects with it,
 * before the broker is asked for anything that the caller has not been granted.
 */
export class Permissions {
  readonly #policies: CurrentPolicy;
  readonly #caller: Caller;
  readonly #routingOf: RoutingOf;

  constructor(policies: CurrentPolicy, caller: Caller, routingOf: RoutingOf) {
    this.#policies = policies;
    this.#caller = caller;
    this.#routingOf = routingOf;
  }

  get rights(): Rights {
    return this.#policies.policy.rightsOf(this.#caller);
  }

  /** With every key that takes part: the routing key, those of CC and BCC, and the queue of `replyTo`. */
  publish(message: OutgoingMessage, action: "publish" | "request" = "publish"): void {
    const { exchange, routingKey, headers, properties } = message;
    checkCopies(headers);
    this.#publishTo(action, exchange, routingKey, headers);
    for (const key of copies(headers["CC"])) this.#publishTo(action, exchange, key, headers);
    for (const key of copies(headers["BCC"])) this.#publishTo(action, exchange, key, headers);
    const { replyTo } = properties;
    if (replyTo !== undefined && !this.rights.queue("publish", replyTo))
      throw forbidden(`have replies sent to ${named("queue", replyTo)}`);
  }

  /** Every message that the wish is met by; `routing` is what the exchange is known to go by. */
  subscribe(exchange: string, wish: Wish, routing?: Routing): void {
    if (!this.rights.subscribe(exchange, wish, routing))
      throw forbidden(
        `subscribe to ${named("exchange", exchange)} with ${
          wish.headers ? "these headers" : wish.routingPatterns.map(quoted).join(", ")
        }`,
      );
  }

  /** The right to a tap, for as long as it is listened to. */
  async tap({ exchange, routingPatterns, headers }: TapSpec): Promise<Hold> {
    const wish = { routingPatterns, ...(headers ? { headers } : {}) };
    let routing = await this.#routing(exchange, wish);
    let isAsked = this.rights.chooses(exchange);
    const hold = this.hold(() => {
      this.subscribe(exchange, wish, routing);
      // What nobody had to know before decides now: until it is known the policy's word is all that there is.
      if (!isAsked && this.rights.chooses(exchange)) void ask();
    });
    const ask = async () => {
      isAsked = true;
      try {
        routing = await this.#routingOf(exchange);
        hold.lookAgain();
      } catch (error) {
        hold.revoke(error);
      }
    };
    return hold;
  }

  /** The right that `check` throws without. */
  hold(check: () => void): Hold {
    return new Hold(this.#policies, check);
  }

  configureExchange(exchange: string): void {
    if (!this.rights.exchange("configure", exchange))
      throw forbidden(`declare, bind or delete ${named("exchange", exchange)}`);
  }

  /** What it passes on to an alternate exchange is read from the one and published to the other. */
  async declareExchange({ name, arguments: given }: ExchangeSpec): Promise<void> {
    this.configureExchange(name);
    const alternate = textOf("alternate-exchange", given["alternate-exchange"]);
    if (alternate === undefined) return;
    this.#publishAny(alternate, "#");
    await this.#subscribeAny(name, { routingPatterns: ["#"] });
  }

  /** What it passes on to a dead-letter exchange is taken from the one and published to the other. */
  declareQueue({ name, arguments: given }: QueueSpec): void {
    this.queue("configure", name);
    const exchange = textOf("x-dead-letter-exchange", given["x-dead-letter-exchange"]);
    const key = textOf("x-dead-letter-routing-key", given["x-dead-letter-routing-key"]);
    if (exchange === undefined) return;
    this.queue("consume", name);
    // Left out, each message keeps the key that it has, and those of CC.
    if (key === undefined) this.#publishAny(exchange, "#");
    else this.#publishTo("publish", exchange, key, fieldTable());
  }

  /** What its source passes on is read from there; what another exchange passes on is published there. */
  async bind(binding: Binding): Promise<void> {
    const { destination, destinationType } = binding;
    const wish = wishOf(binding);
    if (destinationType === "queue") this.queue("configure", destination);
    else {
      this.configureExchange(destination);
      for (const pattern of wish.headers ? ["#"] : wish.routingPatterns)
        this.#publishAny(destination, pattern);
    }
    await this.#subscribeAny(binding.source, wish);
  }

  async unbind(binding: Binding): Promise<void> {
    const { destination, destinationType, source } = binding;
    if (destinationType === "queue") this.queue("configure", destination);
    else this.configureExchange(destination);
    await this.#subscribeAny(source, wishOf(binding));
  }

  /** One of the actions is enough. */
  queue(action: QueueAction, queue: string, or: QueueAction = action): void {
    if (!this.rights.queue(action, queue) && !this.rights.queue(or, queue))
      throw forbidden(`${QUEUE_WORDS[action]} ${named("queue", queue)}`);
  }

  readExchange(exchange: string): void {
    if (!this.seesExchange(exchange)) throw forbidden(`look at ${named("exchange", exchange)}`);
  }

  readBroker(): void {
    if (!this.rights.readBroker()) throw forbidden("look at the broker");
  }

  seesExchange(exchange: string): boolean {
    return this.rights.exchange("read", exchange) !== undefined;
  }

  seesQueue(queue: string): boolean {
    return this.rights.queue("read", queue) !== undefined;
  }

  /** Both of its ends, and its key. The default exchange is bound to every queue, which says nothing new. */
  seesBinding({ source, destination, destinationType, routingKey }: Binding): boolean {
    const seesDestination =
      destinationType === "queue" ? this.seesQueue(destination) : this.seesExchange(destination);
    return (
      seesDestination &&
      (source === "" || this.rights.readBinding(source, routingKey) !== undefined)
    );
  }

  /** Taps that the caller could join. */
  seesTap({ exchange, routingPatterns, headers }: TapSpec): boolean {
    const wish = { routingPatterns, ...(headers ? { headers } : {}) };
    return this.rights.subscribe(exchange, wish) !== undefined;
  }

  async #subscribeAny(exchange: string, wish: Wish): Promise<void> {
    this.subscribe(exchange, wish, await this.#routing(exchange, wish));
  }

  /** Asks the broker only where the caller may have what is asked for, if the exchange goes by what is granted. */
  async #routing(exchange: string, wish: Wish): Promise<Routing | undefined> {
    this.subscribe(exchange, wish);
    return this.rights.chooses(exchange) ? await this.#routingOf(exchange) : undefined;
  }

  #publishTo(
    action: "publish" | "request",
    exchange: string,
    key: string,
    headers: FieldTable,
  ): void {
    // The default exchange puts it into the queue that the key names.
    const granted =
      exchange === ""
        ? this.rights.queue("publish", key)
        : this.rights.publishOne(action, exchange, key, headers);
    if (!granted)
      throw forbidden(
        exchange === ""
          ? `publish to ${named("queue", key)}`
          : `${action === "request" ? "send requests" : "publish"} to ${named("exchange", exchange)} with the key ${quoted(key)}`,
      );
  }

  /** Whatever the key, as far as the pattern goes. */
  #publishAny(exchange: string, pattern: string): void {
    const granted =
      exchange === ""
        ? this.rights.everyQueue("publish")
        : this.rights.publishAny(exchange, pattern);
    if (!granted)
      throw forbidden(
        `have messages passed on to ${named("exchange", exchange)} with ${quoted(pattern)}`,
      );
  }
}

const NONE: readonly string[] = [];

const QUEUE_WORDS = {
  publish: "publish to",
  consume: "take messages from",
  configure: "declare, bind or delete",
  read: "look at",
} as const satisfies Record<QueueAction, string>;

function copies(keys: FieldValue | undefined): readonly string[] {
  if (keys === undefined) return NONE;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}

function textOf(name: string, value: FieldValue | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new CodedError("BAD_USER_INPUT", `${name} must be a text`);
}

/** What a binding asks for: arguments are headers to be compared, where the source is a headers exchange. */
function wishOf({ routingKey, arguments: given }: Binding): Wish {
  const { "x-match": match = "all", ...values } = given;
  const routingPatterns = [routingKey];
  if (Object.keys(given).length === 0) return { routingPatterns };
  const isAll = match === "all" || match === "all-with-x";
  return { routingPatterns, headers: { match: isAll ? "all" : "any", values } };
}
