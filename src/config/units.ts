const BYTES = { b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `1048576`, `1024KiB` or `1MiB` as a number of bytes; undefined where it is no size. */
export function readBytes(text: string): number | undefined {
  return readQuantity(text, BYTES, 1);
}

/** The shortest whole way to write a number of bytes. */
export function showBytes(bytes: number): string {
  return showQuantity(bytes, { GiB: BYTES.gib, MiB: BYTES.mib, KiB: BYTES.kib, B: 1 });
}

/** `10000`, `10s` or `5m` as milliseconds; a number without a unit counts in `unit`. Undefined where it is no time. */
export function readMilliseconds(text: string, unit: "ms" | "s" = "ms"): number | undefined {
  return readQuantity(text, MILLISECONDS, MILLISECONDS[unit]);
}

/** The shortest whole way to write a time. */
export function showMilliseconds(milliseconds: number): string {
  const { ms, s, m, h } = MILLISECONDS;
  return showQuantity(milliseconds, { h, m, s, ms });
}

function readQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
  unitless: number,
): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const factor = unit === "" ? unitless : units[unit.toLowerCase()];
  return factor === undefined ? undefined : Number(number) * factor;
}

function showQuantity(quantity: number, units: Readonly<Record<string, number>>): string {
  for (const [unit, factor] of Object.entries(units)) {
    if (quantity >= factor && quantity % factor === 0) return `${quantity / factor}${unit}`;
  }
  return String(quantity);
}
