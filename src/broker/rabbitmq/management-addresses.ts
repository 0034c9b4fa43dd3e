import { urlsIn } from "../../url-list.ts";
import { dialTarget, type ConnectionFiles } from "./dial-target.ts";
import type { ManagementAddress } from "./management-api.ts";

/** RabbitMQ, "Networking": the management plugin's ports, without and with TLS. */
const PORT = 15672;
const TLS_PORT = 15671;

/**
 * Where the management API may be, as the URLs and files say at this moment: `managementUrl` where it is
 * given, else its usual port on the host of each of the broker's URLs. Asked as the broker's user,
 * unless `managementUrl` names another. Rejects where a file cannot be read.
 */
export async function managementAddresses(
  options: ConnectionFiles & {
    readonly url: string;
    readonly managementUrl?: string | undefined;
  },
): Promise<readonly ManagementAddress[]> {
  const targets = await Promise.all(
    urlsIn(options.url).map((url) => dialTarget({ ...options, url })),
  );
  if (options.managementUrl === undefined)
    return targets.map(({ isTls, host, user, password, tls }) => ({
      base: new URL(`${isTls ? "https" : "http"}://${inUrl(host)}:${isTls ? TLS_PORT : PORT}`),
      user,
      password,
      tls,
    }));
  const base = new URL(options.managementUrl);
  const user = decodeURIComponent(base.username);
  const password = decodeURIComponent(base.password);
  base.username = base.password = "";
  return targets.slice(0, 1).map((target) => ({
    base,
    ...(user === "" ? { user: target.user, password: target.password } : { user, password }),
    tls: target.tls.ca === undefined ? {} : { ca: target.tls.ca },
  }));
}

/** IPv6 goes in brackets. */
function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
