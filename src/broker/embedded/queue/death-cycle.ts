import { isFieldTable, type FieldTable, type FieldValue } from "../../field-table.ts";
import { deathsOf, type DeathReason } from "./death.ts";

/**
 * Whether a dead letter would come back to a queue by itself, for ever: it died there before, and since
 * then nobody has rejected it. RabbitMQ drops those ("Dead Letter Exchanges"). `headers` are those
 * after the death.
 */
export function isDeathCycle(queue: string, headers: FieldTable, reason: DeathReason): boolean {
  if (reason === "rejected") return false;
  const deaths = deathsOf(headers) ?? [];
  const last = deaths.findIndex((death) => holds(death, "queue", queue));
  return (
    last !== -1 && !deaths.slice(0, last + 1).some((death) => holds(death, "reason", "rejected"))
  );
}

function holds(death: FieldValue, key: string, value: string): boolean {
  return isFieldTable(death) && death[key] === value;
}
