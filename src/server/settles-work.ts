import { Kind, OperationTypeNode } from "graphql";
import type { Operation } from "./pipeline.ts";

const SETTLING: ReadonlySet<string> = new Set(["ack", "nack", "retry"]);

/** Whether an operation settles deliveries and does nothing else, where that is plainly there. */
export function settlesWork({ definition }: Operation): boolean {
  if (definition.operation !== OperationTypeNode.MUTATION) return false;
  return definition.selectionSet.selections.every(
    (field) => field.kind === Kind.FIELD && SETTLING.has(field.name.value),
  );
}
