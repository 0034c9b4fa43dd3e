import { expect, test } from "vitest";
import { resolveConfig } from "../../../src/config/config.ts";

test.for([
  "http://rabbit:15672",
  "https://user:p%40ss@rabbit/behind/a/path/",
  "http://[::1]:15672",
])("%s is where a management API may be", (managementUrl) => {
  expect(resolveConfig({ managementUrl }).managementUrl).toBe(managementUrl);
});

test.for([
  "rabbit:15672",
  "amqp://rabbit",
  "http://user:p ss@rabbit",
  "http://user:100%@rabbit",
  "http://rabbit/?a=b",
  "http://rabbit/#a",
])("%s is none, and the error tells no password", (managementUrl) => {
  expect(() => resolveConfig({ managementUrl })).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(/p ss|100%@/) }),
  );
});
