/** Stands in a shown answer for what differs from time to time. */
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
  return Object.fromEntries(
    Object.entries(actual).map(([key, value]) => [key, asShown(shown[key], value)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pattern(shown: string): RegExp {
  const parts = shown.split(ANYTHING).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
}
