import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { ConfigError } from "../../src/config/config-error.ts";
import { createGateway } from "../../src/gateway.ts";

test("a gateway of the library is one process: workers are refused, and not left out in silence", () => {
  const options = { workers: 2, amqpUrl: "amqp://127.0.0.1" };
  expect(() => createGateway(options)).toThrow(ConfigError);
  expect(() => createGateway(options)).toThrow(/workers "?2"?: a gateway is one process/);
});

test("a policy that is not there or is wrong is a setting that is wrong, and nothing is started", () => {
  for (const policy of ["/nowhere/policy.yaml", fileURLToPath(import.meta.url)])
    expect(() => createGateway({ policy, logLevel: "silent" })).toThrow(
      expect.objectContaining({
        name: "ConfigError",
        problems: [expect.objectContaining({ setting: "policy", value: policy })],
      }),
    );
});
