/** Before the next URL of a list. A comma elsewhere is a URL's own: of its password, say. */
const BETWEEN = /,\s*(?=[a-z][a-z\d+.-]*:\/\/)/i;

/** The URLs in a text that has commas between them; what has none is one. */
export function urlsIn(text: string): readonly [string, ...string[]] {
  const [first = text, ...others] = text.split(BETWEEN);
  return [first, ...others];
}
