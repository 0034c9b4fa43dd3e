import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { createClient, type Client } from "graphql-ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";

import { killCommands, rabbitql } from "../harness/command.ts";
import { eventually } from "../harness/eventually.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost, type VirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { takenPort } from "../harness/taken-port.ts";

const FEED = `subscription {
  feed(exchange: "amq.topic") {
    kind: __typename
    ... on Message {
      text
    }
  }
}`;
const PUBLISH = `mutation ($text: String!) {
  publish(input: { exchange: "amq.topic", routingKey: "a", body: { text: $text } }) {
    routed
  }
}`;

let virtualHost: VirtualHost;
const clients: Client[] = [];

beforeAll(async () => {
  virtualHost = await createVirtualHost(sharedRabbitMq());
});
afterAll(() => virtualHost.dispose());
afterEach(async () => {
  // A client that is just dialling a gateway that has gone tells so here too.
  await Promise.allSettled(clients.splice(0).map(async (client) => client.dispose()));
  killCommands();
});

interface LogLine {
  readonly pid: number;
  readonly msg: string;
  readonly worker?: number;
}

/** Starts two workers; resolves when both are connected to the broker. */
async function twoWorkers(...flags: string[]) {
  const command = rabbitql(["--workers=2", "--port=0", "--instance=shop", ...flags], {
    AMQP_URL: virtualHost.amqpUrl,
  });
  let log = "";
  command.child.stderr.on("data", (text: string) => (log += text));
  const url = (await command.prints(/^GraphiQL (?<url>http:\S+)\n/m)).groups?.url ?? "";
  const lines = () =>
    log
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  /** The processes of a worker's number that have said anything, the latest last. */
  const pidsOf = (number: number) => [
    ...new Set(
      lines().flatMap(({ pid, worker }) =>
        worker === number && pid !== command.child.pid ? pid : [],
      ),
    ),
  ];
  await eventually(() => expect([pidsOf(1).length, pidsOf(2).length]).toEqual([1, 1]), {
    timeoutMs: 15_000,
  });
  return { ...command, url, lines, pidsOf };
}

/** On a connection of its own, so that workers take turns. */
async function publish(url: string, text: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ query: PUBLISH, variables: { text } }),
  });
  return { status: response.status, body: await response.text() };
}

/** Subscribers with a socket each, that come back. `received` is what each has received, `Live` included. */
async function subscribers(url: string, count: number): Promise<string[][]> {
  const received = Array.from({ length: count }, () => [] as string[]);
  for (const events of received) {
    const client = createClient({
      url: url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      retryAttempts: Infinity,
      retryWait: () => delay(50),
      shouldRetry: () => true,
    });
    clients.push(client);
    client.subscribe<{ feed: { kind: string; text?: string } }>(
      { query: FEED },
      {
        next: ({ data }) => events.push(data?.feed.text ?? data?.feed.kind ?? "an error"),
        error: (error) => events.push(JSON.stringify(error)),
        complete: () => {},
      },
    );
  }
  await eventually(() =>
    expect(received.map(([first]) => first)).toEqual(received.map(() => "Live")),
  );
  return received;
}

/** The gateways that have subscription queues, by the name that is in those of the queues. */
async function instancesWithQueues(): Promise<string[]> {
  const queues = (await virtualHost.management(
    `/api/queues/${new URL(virtualHost.amqpUrl).pathname.slice(1)}?disable_stats=true&enable_queue_totals=true`,
  )) as { name: string }[];
  return [...new Set(queues.map(({ name }) => name.split(".")[1] ?? ""))].toSorted();
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("two workers", () => {
  test("both serve, on one random port, and a publish through either reaches the subscribers of both", async () => {
    const { child, ended, url } = await twoWorkers();
    const received = await subscribers(url, 4);
    expect(await instancesWithQueues()).toEqual(["shop-1", "shop-2"]);
    for (const text of ["one", "two", "three", "four"])
      expect(await publish(url, text)).toMatchObject({ status: 200 });
    await eventually(() => {
      for (const events of received)
        expect(events.toSorted()).toEqual(["Live", "four", "one", "three", "two"]);
    });
    for (const path of ["/livez", "/readyz"])
      expect((await fetch(new URL(path, url))).status).toBe(200);

    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^rabbitql \S+ on RabbitMQ at [^\n]*\nGraphiQL http:\S+\n$/);
    expect(stderr).not.toMatch(/"level":"(?:error|fatal)"/);
  });

  test("have connections on the broker that tell them apart", async () => {
    await twoWorkers();
    const names = await eventually(async () => {
      const connections = (await virtualHost.management("/api/connections")) as {
        vhost: string;
        client_properties: { connection_name?: string };
      }[];
      const found = connections
        .filter(({ vhost }) => virtualHost.amqpUrl.endsWith(`/${vhost}`))
        .map(({ client_properties: { connection_name: name } }) => name);
      expect(found.length).toBeGreaterThanOrEqual(8);
      return found;
    });
    expect(names.filter((name) => name?.startsWith("rabbitql shop-1 "))).toHaveLength(4);
    expect(names.filter((name) => name?.startsWith("rabbitql shop-2 "))).toHaveLength(4);
  });

  test("one that is killed is replaced, and its clients come back", async () => {
    const { child, ended, url, pidsOf, logs } = await twoWorkers();
    const received = await subscribers(url, 4);
    process.kill(pidsOf(1)[0] ?? 0, "SIGKILL");
    await logs(/"worker":1[^\n]*"signal":"SIGKILL"[^\n]*is replaced/);
    await eventually(() => {
      const lives = received.map((events) => events.filter((event) => event === "Live").length);
      expect(new Set(lives)).toEqual(new Set([1, 2]));
    });
    await eventually(() => expect(pidsOf(1)).toHaveLength(2));
    await publish(url, "after");
    await eventually(() =>
      expect(received.map((events) => events.at(-1))).toEqual(received.map(() => "after")),
    );
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0 });
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s under load answers what is running, and ends with exit code 0",
    async (signal) => {
      const { child, ended, url, pidsOf } = await twoWorkers();
      await subscribers(url, 4);
      const answers: string[] = [];
      const stopped = new AbortController();
      const keepPublishing = async () => {
        while (!stopped.signal.aborted) {
          const answer = await publish(url, "load").catch(() => undefined);
          if (answer) answers.push(answer.body);
          else return;
        }
      };
      const load = Promise.all(Array.from({ length: 16 }, keepPublishing));
      await eventually(() => expect(answers.length).toBeGreaterThan(100));
      child.kill(signal);
      const { code } = await ended;
      stopped.abort();
      await load;
      expect(code).toBe(0);
      const odd = answers.filter((answer) => !/"routed":true|BROKER_UNAVAILABLE/.test(answer));
      expect(odd).toEqual([]);
      expect([...pidsOf(1), ...pidsOf(2)].filter(isRunning)).toEqual([]);
    },
  );

  test("Ctrl-C, which reaches all processes of a terminal, is one stop and not two", async () => {
    const { child, ended, pidsOf } = await twoWorkers();
    for (const pid of [...pidsOf(1), ...pidsOf(2)]) process.kill(pid, "SIGINT");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0 });
  });

  test("end at once, as the primary does, at a second signal", async () => {
    const { child, ended, url, pidsOf, logs } = await twoWorkers("--close-timeout-ms=1m");
    const pids = [...pidsOf(1), ...pidsOf(2)];
    // A worker that has half of a request waits for the other half, for a while.
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
        "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    );
    await once(socket, "data");
    child.kill("SIGTERM");
    await logs(/"worker":\d,"signal":"SIGTERM"/);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130 });
    await eventually(() => expect(pids.filter(isRunning)).toEqual([]));
  });

  test("end when the primary process is killed", async () => {
    const { child, pidsOf } = await twoWorkers();
    const pids = [...pidsOf(1), ...pidsOf(2)];
    expect(pids.filter(isRunning)).toHaveLength(2);
    child.kill("SIGKILL");
    await eventually(() => expect(pids.filter(isRunning)).toEqual([]));
  });
});

describe("is refused once, with exit code 1", () => {
  test("wrong settings", async () => {
    const { code, stdout, stderr } = await rabbitql(["--workers=2", "--port=http"]).ended;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trimEnd().split("\n")).toEqual([
      "rabbitql: 2 settings are wrong:",
      '  --port "http": expected a whole number from 0 to 65535',
      expect.stringMatching(
        /^ {2}--workers "2": the embedded broker lives in one process.*--amqp-url/,
      ),
      "See rabbitql --help.",
    ]);
  });

  test("a port that is taken", async () => {
    const { server, port } = await takenPort();
    const { code, stdout, stderr } = await rabbitql([`--workers=2`, `--port=${port}`], {
      AMQP_URL: virtualHost.amqpUrl,
    }).ended;
    server.close();
    await once(server, "close");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      new RegExp(`^rabbitql: port ${port} on 127\\.0\\.0\\.1 is taken; .*\\n$`),
    );
  });

  test("a worker that nobody has ordered", async () => {
    expect(await rabbitql(["worker"]).ended).toEqual({
      code: 1,
      stdout: "",
      stderr: "rabbitql: worker is what --workers starts, and no command to give\n",
    });
  });
});
