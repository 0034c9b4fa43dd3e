import { expect, test } from "vitest";

import { createLogger, type LogLevel } from "../../../src/telemetry/logger.ts";

function capture(level: LogLevel = "info") {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => void lines.push(line) } });
  return { logger, lines, last: (): unknown => JSON.parse(lines.at(-1) ?? "") };
}

test("a line is JSON with a level by name and an ISO time", () => {
  const { logger, last } = capture();
  logger.info({ exchange: "orders" }, "declared");
  expect(last()).toMatchObject({
    level: "info",
    name: "rabbitql",
    exchange: "orders",
    msg: "declared",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

test("what is less grave than the level is not logged, and silent logs nothing", () => {
  const warn = capture("warn");
  warn.logger.info("no");
  warn.logger.warn("yes");
  expect(warn.lines).toHaveLength(1);

  const silent = capture("silent");
  silent.logger.fatal("no");
  expect(silent.lines).toHaveLength(0);
});

test("an error is logged with its stack, its code and its causes", () => {
  const { logger, last } = capture();
  const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  logger.error({ err: new Error("no connection", { cause }) }, "broker");
  expect(last()).toMatchObject({
    err: {
      type: "Error",
      message: "no connection",
      stack: expect.stringContaining("logger.test.ts"),
      cause: { message: "refused", code: "ECONNREFUSED" },
    },
  });
});

const SECRET_URL = "amqp://user:hunter2@host";

test.each<[string, (log: ReturnType<typeof capture>["logger"]) => void]>([
  ["a message", (log) => log.info(`dialling ${SECRET_URL}`)],
  ["a message's argument", (log) => log.info("dialling %s", SECRET_URL)],
  ["a field", (log) => log.info({ config: { amqpUrl: SECRET_URL } })],
  ["a list", (log) => log.info({ hosts: [SECRET_URL] })],
  ["an error", (log) => log.error(new Error(SECRET_URL))],
  [
    "an error's cause",
    (log) => log.error({ err: new Error("x", { cause: new Error(SECRET_URL) }) }),
  ],
  ["an error under another name", (log) => log.error({ error: new Error(SECRET_URL) })],
  ["an error's own field", (log) => log.error(Object.assign(new Error("x"), { url: SECRET_URL }))],
  ["errors of an aggregate", (log) => log.error(new AggregateError([new Error(SECRET_URL)]))],
  ["what a child logger was given", (log) => log.child({ url: SECRET_URL }).info("x")],
  [
    "a request's header",
    (log) => log.info({ req: { headers: { authorization: "Bearer hunter2" } } }),
  ],
])("no secret leaves in %s", (_, write) => {
  const { logger, lines } = capture();
  write(logger);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("hunter2");
  expect(lines[0]).toContain("***");
});
