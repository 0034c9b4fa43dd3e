/**
 * The URL that a text is, whose user and password are percent-encoded. Undefined where a URL parser would
 * have to repair it, quietly: what it repairs could pass by the masking of logs.
 */
export function strictUrl(text: string): URL | undefined {
  if (/[\s"'<>\\]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return isPercentEncoded(url.username) && isPercentEncoded(url.password) ? url : undefined;
}

export function isPercentEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
