import { urlsIn } from "../url-list.ts";

/** Where a broker's URL leads, without who goes there. */
export interface BrokerPlace {
  readonly isTls: boolean;
  /** As it is written, with the port where there is one. */
  readonly host: string;
  readonly virtualHost: string;
}

/** Of each URL in `amqpUrl`, which must be right. */
export function brokerPlaces(amqpUrl: string): readonly BrokerPlace[] {
  return urlsIn(amqpUrl).map((url) => {
    const { protocol, host, pathname } = new URL(url);
    // RabbitMQ, "URI Specification": no path is the default virtual host.
    const virtualHost = decodeURIComponent(pathname.slice(1)) || "/";
    return { isTls: protocol === "amqps:", host, virtualHost };
  });
}
