import { expect, test } from "vitest";

import { startLines } from "../../../src/cli/start-lines.ts";
import { type Config, resolveConfig } from "../../../src/config/config.ts";
import { VERSION } from "../../../src/version.ts";

const lines = (options: Partial<Config>, url = "http://127.0.0.1:4000") =>
  startLines(resolveConfig(options), url).split("\n");

test("without AMQP_URL it says that nothing is kept, and where GraphiQL is", () => {
  expect(lines({})).toEqual([
    `rabbitql ${VERSION} on the embedded broker (nothing is kept when it stops; set AMQP_URL to use RabbitMQ)`,
    "GraphiQL http://127.0.0.1:4000/graphql",
    "",
  ]);
});

test.each([
  ["amqp://user:hunter2@rabbit:5672/shop", 'RabbitMQ at rabbit:5672, virtual host "shop"'],
  ["amqp://user:hunter2@rabbit/%2Fshop", 'RabbitMQ at rabbit, virtual host "/shop"'],
  ["amqps://[::1]:5671", 'RabbitMQ at [::1]:5671, virtual host "/"'],
  ["amqp://rabbit/", 'RabbitMQ at rabbit, virtual host "/"'],
  [
    "amqp://user:hunter2@one:1/shop,amqps://user:hunter2@two/shop",
    'RabbitMQ at one:1 or two, virtual host "shop"',
  ],
])("of %s it says where it is, and no password", (amqpUrl, where) => {
  expect(lines({ amqpUrl })[0]).toBe(`rabbitql ${VERSION} on ${where}`);
});

test.each([
  ["http://[::1]:4000", "http://[::1]:4000/graphql"],
  ["http://0.0.0.0:4000", "http://localhost:4000/graphql"],
  ["http://[::]:4000", "http://localhost:4000/graphql"],
  ["http://127.0.0.1:80", "http://127.0.0.1/graphql"],
])("listening on %s it names a URL to open", (url, shown) => {
  expect(lines({}, url)[1]).toBe(`GraphiQL ${shown}`);
});

test("it names the endpoint where GraphiQL is off", () => {
  expect(lines({ graphiql: false, path: "/api" })[1]).toBe("GraphQL http://127.0.0.1:4000/api");
});
