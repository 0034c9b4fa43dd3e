/** Where a broker is, and as whom one connects. */
export interface BrokerAddress {
  readonly isTls: boolean;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly virtualHost: string;
}

/** From an `amqp://` or `amqps://` URL (RabbitMQ, "URI Specification"), with what it leaves out filled in. */
export function brokerAddress(written: string): BrokerAddress {
  const url = new URL(written);
  const isTls = url.protocol === "amqps:";
  return {
    isTls,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    // RabbitMQ, "Networking", with and without TLS.
    port: url.port === "" ? (isTls ? 5671 : 5672) : Number(url.port),
    user: url.username === "" ? "guest" : decodeURIComponent(url.username),
    password: url.username === "" ? "guest" : decodeURIComponent(url.password),
    virtualHost: decodeURIComponent(url.pathname.slice(1)) || "/",
  };
}
