/** Stands in a shown answer for what differs from time to time; as a key, for whatever keys there are besides. */
const ANYTHING = "…";

/**
 * `actual` with what `shown` leaves open put as it is shown, so that the two are equal exactly where
 * `actual` is what was shown.
 */
export function asShown(shown: unknown, actual: unknown): unknown {
  if (shown === ANYTHING && actual !== undefined && actual !== null) return shown;
  if (typeof shown === "string" && typeof actual === "string")
    return pattern(shown).test(actual) ? shown : actual;
  if (Array.isArray(shown) && Array.isArray(actual))
    return actual.map((item, place) => asShown(shown[place], item));
  if (!isObject(shown) || !isObject(actual)) return actual;
  const others = ANYTHING in shown;
  const entries = Object.entries(actual).filter(([key]) => !others || key in shown);
  return Object.fromEntries([
    ...entries.map(([key, value]) => [key, asShown(shown[key], value)]),
    ...(others ? [[ANYTHING, shown[ANYTHING]]] : []),
  ]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pattern(shown: string): RegExp {
  const parts = shown.split(ANYTHING).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
}
