import type { Broker } from "../broker/broker.ts";
import type { BrokerStatus } from "../broker/status.ts";
import { PushIterator } from "../push-iterator.ts";

/** Changes kept for a reader that is behind; older ones are history by then. */
const KEPT = 100;

/** The broker's status now, and again at every change. */
export function brokerStatuses(broker: Broker): AsyncIterableIterator<BrokerStatus> {
  const changes = [broker.status];
  const source = {
    shift: () => changes.shift(),
    clear: () => {
      changes.length = 0;
    },
  };
  const statuses = new PushIterator<BrokerStatus>(source, () => stop());
  const stop = broker.onStatus((status) => {
    changes.push(status);
    if (changes.length > KEPT) changes.shift();
    statuses.wake();
  });
  return statuses;
}
