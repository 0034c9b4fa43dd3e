import type { BrokerName } from "../../../harness/gateway.ts";

/** For `test.for`, of what is so on one broker alone: a test there, and none on the others. */
export function onlyOn(broker: BrokerName, wanted: BrokerName): readonly BrokerName[] {
  return broker === wanted ? [broker] : [];
}

/** Rows of what is so on one broker alone: none on the others. */
export function rowsOn<Row>(
  broker: BrokerName,
  wanted: BrokerName,
  rows: readonly Row[],
): readonly Row[] {
  return broker === wanted ? rows : [];
}
