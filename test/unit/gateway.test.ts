import { expect, test } from "vitest";

import { ConfigError } from "../../src/config/config-error.ts";
import { createGateway } from "../../src/gateway.ts";

test("a gateway of the library is one process: workers are refused, and not left out in silence", () => {
  const options = { workers: 2, amqpUrl: "amqp://127.0.0.1" };
  expect(() => createGateway(options)).toThrow(ConfigError);
  expect(() => createGateway(options)).toThrow(/workers "?2"?: a gateway is one process/);
});
