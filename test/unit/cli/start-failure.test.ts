import { expect, test } from "vitest";

import { startFailure } from "../../../src/cli/start-failure.ts";

const at = { host: "127.0.0.1", port: 4000 };
const failed = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

test.each([
  ["EADDRINUSE", /port 4000 on 127\.0\.0\.1 is taken.*--port/],
  ["EACCES", /may not listen on port 4000.*--port/],
  ["EADDRNOTAVAIL", /127\.0\.0\.1 is no address of this machine.*--host/],
  ["ENOTFOUND", /host name 127\.0\.0\.1 is not known.*--host/],
])("%s is said in one line with what to do", (code, line) => {
  expect(startFailure(failed(code), at)).toMatch(line);
  expect(startFailure(failed(code), at)).not.toContain("\n");
});

test("anything else is said as it is, without secrets", () => {
  expect(startFailure(new Error("amqp://u:hunter2@host is odd"), at)).toBe(
    "could not start: amqp://***@host is odd",
  );
  expect(startFailure("thrown text", at)).toBe("could not start: thrown text");
});
