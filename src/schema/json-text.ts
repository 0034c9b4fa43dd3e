/** What a field resolves to as the JSON text of the response, where that is at hand; else null. */
export type JsonText<Source> = (source: Source) => string | null;

/** Extensions of a field that need not be read to be written: what it resolves to may be JSON text already. */
export function jsonTextOf<Source>(jsonText: JsonText<Source>): { readonly jsonText: unknown } {
  return { jsonText };
}

export function jsonTextIn({
  extensions,
}: {
  readonly extensions: object;
}): JsonText<unknown> | undefined {
  return "jsonText" in extensions ? (extensions.jsonText as JsonText<unknown>) : undefined;
}
