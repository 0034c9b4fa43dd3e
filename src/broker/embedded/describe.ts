import { fieldTable } from "../field-table.ts";
import type {
  Binding,
  BindingsOf,
  ExchangeDescription,
  ExchangeSpec,
  QueueDescription,
} from "../topology.ts";
import type { QueueSnapshot } from "./broker-snapshot.ts";

export function describeExchange(spec: ExchangeSpec): ExchangeDescription {
  return { ...spec, typeName: spec.type };
}

/** Each queue has been declared with its type, which RabbitMQ counts among the arguments. */
export function describeQueue(snapshot: QueueSnapshot): QueueDescription {
  return {
    ...snapshot,
    arguments: fieldTable({ ...snapshot.arguments, "x-queue-type": snapshot.type }),
  };
}

export function bindingsAmong(all: readonly Binding[], of: BindingsOf): readonly Binding[] {
  if (of === "all") return all;
  if ("source" in of) return all.filter(({ source }) => source === of.source);
  return all.filter(
    ({ destination, destinationType }) => destinationType === "queue" && destination === of.queue,
  );
}
