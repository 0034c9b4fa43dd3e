import { expect, test } from "vitest";

import { didYouMean } from "../../../src/config/did-you-mean.ts";

const FLAGS = [
  "--port",
  "--path",
  "--host",
  "--heartbeat-seconds",
  "--max-headers",
  "--max-headers-bytes",
];

test.each([
  ["--prot", "--port"],
  ["--PORT", "--port"],
  ["--hosts", "--host"],
  ["--heartbeat", "--heartbeat-seconds"],
  ["--heartbeat-secs", "--heartbeat-seconds"],
  ["--max-header-bytes", "--max-headers-bytes"],
])("%s is taken for %s", (written, meant) => {
  expect(didYouMean(written, FLAGS)).toBe(`; did you mean ${meant}?`);
});

test.each(["--verbose", "--x", "--", "---"])("%s is taken for nothing", (written) => {
  expect(didYouMean(written, FLAGS)).toBe("");
});

test.each([
  ["RABBITQL_PORT", "PORT"],
  ["RABBITQL_AMQP_URL", "AMQP_URL"],
  ["RABBITQL_TAP_PREFTCH", "RABBITQL_TAP_PREFETCH"],
])("the prefix of a variable does not count: %s is taken for %s", (written, meant) => {
  const variables = ["PORT", "AMQP_URL", "RABBITQL_PATH", "RABBITQL_TAP_PREFETCH"];
  expect(didYouMean(written, variables)).toBe(`; did you mean ${meant}?`);
});

test("a prefix alone brings nothing near", () => {
  expect(didYouMean("RABBITQL_FOO", ["RABBITQL_PATH", "RABBITQL_GRAPHIQL"])).toBe("");
});
