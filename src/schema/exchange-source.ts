import type { BrokerAccess } from "../access/broker-access.ts";
import type { Binding, ExchangeDescription } from "../broker/topology.ts";
import { grouped } from "./grouped.ts";
import { once } from "./once.ts";

/** An exchange, and what takes asking for. */
export interface ExchangeSource extends ExchangeDescription {
  bindings(): Promise<readonly Binding[]>;
}

export function exchangeSource(
  description: ExchangeDescription,
  broker: BrokerAccess,
): ExchangeSource {
  return {
    ...description,
    bindings: () => broker.readBindings({ source: description.name }),
  };
}

/** Of a list the bindings are asked for once, and not for each. */
export function exchangeSources(
  descriptions: readonly ExchangeDescription[],
  broker: BrokerAccess,
): readonly ExchangeSource[] {
  const bySource = once(async () =>
    grouped(await broker.readBindings("all"), ({ source }) => source),
  );
  return descriptions.map((description) => ({
    ...description,
    bindings: async () => (await bySource()).get(description.name) ?? [],
  }));
}
