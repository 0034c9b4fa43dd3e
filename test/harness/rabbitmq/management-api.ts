/** Of RequestInit what the management API needs. A body that is not a string is sent as JSON. */
export interface ManagementRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
}

/** A client of the management API at `url`, which holds the credentials. */
export function managementApi(
  url: string,
): (path: string, init?: ManagementRequest) => Promise<unknown> {
  const { username, password, origin } = new URL(url);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = {
    authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
    "content-type": "application/json",
  };
  return async (path, { method = "GET", body } = {}) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(30_000),
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
}

/** Where the management API of the broker at `amqpUrl` is when nobody moved it. */
export function guessManagementUrl(amqpUrl: string): string {
  const { username, password, hostname, protocol } = new URL(amqpUrl);
  const user = username === "" ? "guest" : username;
  const secret = username === "" ? "guest" : password;
  return protocol === "amqps:"
    ? `https://${user}:${secret}@${hostname}:15671`
    : `http://${user}:${secret}@${hostname}:15672`;
}
