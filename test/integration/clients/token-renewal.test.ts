import { onTestFinished, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  createRenewingClient,
  type FreshToken,
} from "../../../examples/renewal/renewing-client.ts";
import { BROKERS, startGateway } from "../../harness/gateway.ts";
import { AUDIENCE, TokenIssuer } from "../../harness/token-issuer.ts";

/** Tokens count in whole seconds. */
const LASTS_S = 2;

const FEED = `subscription { feed(exchange: "amq.topic", routingPatterns: ["count"]) {
  __typename ... on Message { json } } }`;
const PUBLISH = `mutation ($n: JSON!) {
  publish(input: { exchange: "amq.topic", routingKey: "count", body: { json: $n } }) { routed } }`;

test.for(BROKERS)(
  "the example of a client that renews misses nothing over three tokens, over %s",
  async (broker) => {
    const issuer = await TokenIssuer.start();
    const gateway = await startGateway({
      broker,
      jwtIssuer: issuer.issuer,
      jwtAudience: [AUDIENCE],
      jwtAlgorithms: ["ES256"],
      jwtJwksUrl: issuer.jwksUrl,
    });
    onTestFinished(() => gateway.close());
    const taken: string[] = [];
    const refusals: unknown[] = [];
    const freshToken = async (): Promise<FreshToken> => {
      const exp = Math.floor(Date.now() / 1000) + LASTS_S;
      const token = await issuer.token({ exp });
      taken.push(token);
      return { token, lastsMs: exp * 1000 - Date.now() };
    };
    let connections = 0;
    class CountedWebSocket extends WebSocket {
      constructor(url: string, protocols: string) {
        super(url, protocols);
        connections++;
      }
    }
    const client = createRenewingClient(
      { url: gateway.wsUrl, webSocketImpl: CountedWebSocket },
      freshToken,
      (errors) => void refusals.push(errors),
    );
    onTestFinished(() => client.dispose());

    const feed = client.iterate<{ feed: { __typename: string; json?: number } }>({ query: FEED });
    const next = async () => (await feed.next()).value?.data?.feed;
    expect(await next()).toEqual({ __typename: "Live" });
    for (let n = 1; taken.length < 4; n++) {
      const published = client.iterate({ query: PUBLISH, variables: { n } });
      expect(await published.next()).toMatchObject({
        value: { data: { publish: { routed: true } } },
      });
      expect(await next()).toEqual({ __typename: "Message", json: n });
    }
    expect(refusals).toEqual([]);
    expect(connections).toBe(1);
    await feed.return?.();
  },
);
