import { exchangeMismatch, invalidArgument, notSupported } from "../broker-errors.ts";
import type { ExchangeSpec } from "../topology.ts";
import type { BoundDestination } from "./bound-destination.ts";
import { fieldValueKey } from "../field-table-key.ts";
import { copyFieldTable } from "./field-values.ts";
import type { Router } from "./router.ts";
import { createRouter } from "./routers.ts";

const ALTERNATE_EXCHANGE = "alternate-exchange";

/** What is compared where an exchange is declared again, in RabbitMQ's order. */
const COMPARED = ["type", "durable", "autoDelete", "internal"] as const;

export class Exchange {
  readonly spec: ExchangeSpec;
  /** Where messages go that match no binding (RabbitMQ, "Alternate Exchanges"). */
  readonly alternate: string | undefined;
  readonly router: Router;
  /** Bindings with this exchange as their source, by identity. */
  readonly outgoing = new Map<string, BoundDestination>();
  /** Bindings with this exchange as their destination. */
  readonly incoming = new Set<BoundDestination>();

  constructor(spec: ExchangeSpec) {
    this.alternate = alternateOf(spec);
    this.spec = { ...spec, arguments: copyFieldTable(spec.arguments) };
    this.router = createRouter(spec.type);
  }

  get name(): string {
    return this.spec.name;
  }

  /** Rejects a declaration that is not the one which made it, naming the first difference. */
  mustEqual(given: ExchangeSpec): void {
    for (const argument of COMPARED) {
      if (this.spec[argument] !== given[argument])
        throw exchangeMismatch(
          this.name,
          argument,
          String(this.spec[argument]),
          String(given[argument]),
        );
    }
    const alternate = alternateOf(given);
    if (alternate !== this.alternate)
      throw exchangeMismatch(this.name, ALTERNATE_EXCHANGE, this.alternate, alternate);
  }
}

function alternateOf(spec: ExchangeSpec): string | undefined {
  for (const argument of Object.keys(spec.arguments)) {
    if (argument !== ALTERNATE_EXCHANGE)
      throw notSupported(`The exchange argument ${argument}`, `${ALTERNATE_EXCHANGE} is`);
  }
  const alternate = spec.arguments[ALTERNATE_EXCHANGE];
  if (alternate !== undefined && typeof alternate !== "string")
    throw invalidArgument(ALTERNATE_EXCHANGE, fieldValueKey(alternate), "an exchange's name");
  return alternate;
}
