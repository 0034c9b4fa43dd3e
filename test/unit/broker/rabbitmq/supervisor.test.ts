import { describe, expect, test } from "vitest";
import {
  Supervisor,
  type SupervisedConnection,
} from "../../../../src/broker/rabbitmq/supervisor.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";
import { Inbox } from "../../../conformance/graphql/support/inbox.ts";
import { optionsFor } from "./outgoing.ts";

/** A connection that ends when the test says so. */
class ScriptedConnection implements SupervisedConnection {
  readonly ended: Promise<Error>;
  end: (why: Error) => void = () => {};
  blocked: string | undefined;
  onBlocked: () => void = () => {};
  closed = 0;

  constructor() {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  async close(): Promise<void> {
    this.closed++;
    this.end(new Error("closed"));
  }
}

interface Dial {
  readonly signal: AbortSignal;
  answer(connection: ScriptedConnection): void;
  refuse(why: Error): void;
}

const REFUSED = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
const TOLD = "Nothing answers at the broker's address (connection refused)";

function supervised(hooks: { onChange?: () => void; onUp?: () => void } = {}) {
  const dials = new Inbox<Dial>();
  const changes = new Inbox<string>();
  const log: string[] = [];
  const logger = createLogger({
    level: "debug",
    destination: { write: (line) => void log.push(line) },
  });
  const options = optionsFor("amqp://unused", { reconnectMinMs: 1, reconnectMaxMs: 2, logger });
  const supervisor: Supervisor<ScriptedConnection> = new Supervisor("control", options, {
    dial: (signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        dials.put({ signal, answer: resolve, refuse: reject });
      }),
    onUp: () => hooks.onUp?.(),
    onChange: () => {
      const { state, reason = "" } = supervisor.current;
      changes.put(`${state} ${reason}`.trim());
      hooks.onChange?.();
    },
  });
  supervisor.start();
  return { supervisor, dials, changes, log };
}

describe("a supervisor", () => {
  test("dials again after each failure and each end, and counts what it has opened", async () => {
    const { supervisor, dials, changes } = supervised();
    expect(supervisor.status).toMatchObject({ name: "control", state: "connecting", opened: 0 });
    (await dials.take()).refuse(REFUSED);
    expect(await changes.take()).toBe(`disconnected ${TOLD}`);
    for (const opened of [1, 2]) {
      const connection = new ScriptedConnection();
      (await dials.take()).answer(connection);
      expect(await changes.take()).toBe("connected");
      expect(supervisor.connection).toBe(connection);
      expect(supervisor.status).toMatchObject({ state: "connected", opened });
      expect(supervisor.status.reason).toBeUndefined();
      connection.end(REFUSED);
      expect(await changes.take()).toBe(`disconnected ${TOLD}`);
      expect(supervisor.connection).toBeUndefined();
    }
    await dials.take();
    await supervisor.close();
    expect(supervisor.status).toMatchObject({ state: "closed", opened: 2 });
  });

  test("has one dial under way, whoever nudges it", async () => {
    const { supervisor, dials } = supervised();
    const first = await dials.take();
    for (let times = 0; times < 3; times++) supervisor.nudge();
    expect(dials.size).toBe(0);
    first.refuse(REFUSED);
    await dials.take();
    expect(dials.size).toBe(0);
    await supervisor.close();
  });

  test("tells and logs a trouble once, however often it meets it", async () => {
    const { supervisor, dials, changes, log } = supervised();
    for (let times = 0; times < 5; times++) (await dials.take()).refuse(REFUSED);
    (await dials.take()).refuse(new Error("another"));
    await dials.take();
    expect(await changes.takeMany(2)).toEqual([
      `disconnected ${TOLD}`,
      "disconnected The connection to the broker was lost",
    ]);
    expect(log.filter((line) => line.includes('"level":"warn"'))).toHaveLength(2);
    await supervisor.close();
  });

  test("tells of a broker that takes nothing, and that it does again", async () => {
    const { supervisor, dials, changes } = supervised();
    const connection = new ScriptedConnection();
    connection.blocked = "low on memory";
    (await dials.take()).answer(connection);
    expect(await changes.take()).toMatch(/^blocked The broker takes no messages/);
    connection.blocked = undefined;
    connection.onBlocked();
    expect(await changes.take()).toBe("connected");
    await supervisor.close();
  });

  test("goes on where whoever is told of changes throws", async () => {
    const { supervisor, dials, changes, log } = supervised({
      onChange: () => {
        throw new Error("a listener's mistake");
      },
    });
    (await dials.take()).refuse(REFUSED);
    await changes.take();
    (await dials.take()).answer(new ScriptedConnection());
    expect(await changes.take()).toBe("connected");
    expect(log.join("")).toContain("a listener's mistake");
    await supervisor.close();
  });

  test("closes a connection that cannot be put to use, and dials again", async () => {
    let mistakes = 1;
    const { supervisor, dials, changes } = supervised({
      onUp: () => {
        if (mistakes-- > 0) throw new Error("a mistake");
      },
    });
    const first = new ScriptedConnection();
    (await dials.take()).answer(first);
    expect(await changes.take()).toBe("disconnected The connection to the broker was lost");
    expect(first.closed).toBe(1);
    (await dials.take()).answer(new ScriptedConnection());
    expect(await changes.take()).toBe("connected");
    await supervisor.close();
  });
});

describe("closing a supervisor", () => {
  test("ends the connection", async () => {
    const { supervisor, dials, changes } = supervised();
    const connection = new ScriptedConnection();
    (await dials.take()).answer(connection);
    await changes.take();
    await supervisor.close();
    expect(connection.closed).toBe(1);
    expect(await changes.take()).toBe("closed The gateway has closed it");
  });

  test("ends a dial that is under way, and what comes of it", async () => {
    const { supervisor, dials } = supervised();
    const { signal } = await dials.take();
    await supervisor.close();
    expect(signal.aborted).toBe(true);
    expect(dials.size).toBe(0);
    expect(supervisor.status).toMatchObject({ state: "closed", opened: 0 });
  });

  test("ends a wait, at once", async () => {
    const { supervisor, dials, changes } = supervised();
    (await dials.take()).refuse(REFUSED);
    await changes.take();
    await supervisor.close();
    await supervisor.close();
    expect(await changes.take()).toMatch(/^closed/);
  });
});
