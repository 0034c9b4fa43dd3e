import type { BrokerAccess } from "../access/broker-access.ts";
import { fieldTable } from "../broker/field-table.ts";
import type { QueueSpec } from "../broker/topology.ts";
import { CodedError } from "../errors.ts";

/**
 * Makes sure of a queue for the dead letters of `of`: durable, and replicated where that one is. One that is
 * there is taken as it is, with whatever options it has. It comes first, so that no dead letter is without it.
 */
export async function declareDeadLetterQueue(
  name: string,
  of: QueueSpec,
  broker: BrokerAccess,
): Promise<void> {
  try {
    await broker.countQueue(name);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    // Where the user may not look (FORBIDDEN), it may still declare.
    if (error.code !== "NOT_FOUND" && error.code !== "FORBIDDEN") throw error;
    const type = of.type === "quorum" ? "quorum" : "classic";
    await broker.declareQueue({
      name,
      type,
      durable: true,
      autoDelete: false,
      arguments: fieldTable({ "x-queue-type": type }),
    });
  }
}
