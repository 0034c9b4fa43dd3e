import { brokerPlaces } from "../config/broker-places.ts";
import type { Config } from "../config/config.ts";
import { VERSION } from "../version.ts";

/** What a start prints for the person who started it. `url` is where the gateway listens. */
export function startLines(config: Config, url: string): string {
  const endpoint = new URL(config.path, url);
  if (endpoint.hostname === "0.0.0.0" || endpoint.hostname === "[::]")
    endpoint.hostname = "localhost";
  return [
    `rabbitql ${VERSION} on ${brokerInWords(config.amqpUrl)}`,
    `${config.graphiql ? "GraphiQL" : "GraphQL"} ${endpoint.href}`,
    "",
  ].join("\n");
}

function brokerInWords(amqpUrl: string | undefined): string {
  if (amqpUrl === undefined) {
    return "the embedded broker (nothing is kept when it stops; set AMQP_URL to use RabbitMQ)";
  }
  const places = brokerPlaces(amqpUrl);
  const hosts = places.map(({ host }) => host).join(" or ");
  return `RabbitMQ at ${hosts}, virtual host ${JSON.stringify(places[0]?.virtualHost)}`;
}
