/**
 * Reads a header such as `Accept` or `Accept-Encoding`: each name in lower case with its weight,
 * 1 where none is given, 0 for what is refused (RFC 9110, section 12.4.2).
 */
export function qualityList(header: string | undefined): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const item of header?.split(",") ?? []) {
    const [name = "", ...parameters] = item.toLowerCase().split(";");
    const weight = parameters.map((parameter) => /^\s*q=(.*)$/.exec(parameter)?.[1]).find(Boolean);
    const quality = weight === undefined ? 1 : Number(weight);
    if (name.trim() !== "") qualities.set(name.trim(), Number.isNaN(quality) ? 0 : quality);
  }
  return qualities;
}
