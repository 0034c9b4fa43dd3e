import { expect, onTestFinished, test, vi } from "vitest";
import type {
  BindingLookup,
  BindingsTold,
} from "../../../../src/broker/rabbitmq/binding-lookup.ts";
import type { SerialChannels } from "../../../../src/broker/rabbitmq/serial-channels.ts";
import type { Channel } from "../../../../src/broker/rabbitmq/wire/channel.ts";
import { TapBindings } from "../../../../src/broker/rabbitmq/tap-bindings.ts";

const SPEC = { exchange: "orders", routingPatterns: ["a.*", "b"] };
const bound = (routingKey: string) => ({ source: "orders", destination: "queue", routingKey });
const ALL = ["a.*", "b"].map(bound);

/** Bindings over a broker that refuses binds and checks, if it is to, as the management API tells of them in turn. */
function bindings(tells: readonly BindingsTold[], { refused, isExpectedToAnswer = false }: Setup) {
  const left = [...tells];
  const lookup = {
    isExpectedToAnswer,
    timesAnswering: 0,
    bindingsOf: () => Promise.resolve(left.shift()),
  };
  const asked: string[] = [];
  const answer = (what: string) => {
    asked.push(what);
    return refused ? Promise.reject(refused) : Promise.resolve();
  };
  const channel = {
    bindQueue: (_queue: string, _exchange: string, key: string) => answer(key),
    checkExchange: (name: string) => answer(`check ${name}`),
  } as unknown as Channel;
  const channels = {
    run: (work: (channel: Channel, bounded: <A>(answer: Promise<A>) => Promise<A>) => unknown) =>
      work(channel, (promised) => promised),
  } as unknown as SerialChannels<Channel>;
  const made = new TapBindings("queue", SPEC, lookup as unknown as BindingLookup);
  return {
    lookup,
    async confirm() {
      const gone = async () => void asked.push("gone");
      const outcome = await made
        .confirm(channels, { soon: true, gone })
        .catch((error: unknown) => error);
      return { outcome, asked: asked.splice(0) };
    },
  };
}

interface Setup {
  readonly refused?: Error;
  readonly isExpectedToAnswer?: boolean;
}

const confirmed = (tells: BindingsTold, setup: Setup = {}) => bindings([tells], setup).confirm();

function refusal(code: number, text: string): Error {
  return Object.assign(new Error(`Operation failed: QueueBind; ${code} (${text})`), { code });
}

test("where all are known to be there, none is made", async () => {
  expect(await confirmed(ALL)).toEqual({ outcome: { state: "kept" }, asked: [] });
});

test("where it cannot be known, all are made, and nothing is said to have gone", async () => {
  expect(await confirmed(undefined)).toEqual({ outcome: { state: "kept" }, asked: ["a.*", "b"] });
});

test("where one has gone, all are made once that has been heard of, and it is said to have gone", async () => {
  expect(await confirmed([bound("b")])).toEqual({
    outcome: { state: "mended" },
    asked: ["gone", "a.*", "b"],
  });
});

test.for<[string, Parameters<typeof confirmed>[0]]>([
  ["they are known to have gone", []],
  ["that is not known", undefined],
  ["that is not known yet", "late"],
])("without the exchange they are lost, where %s", async ([, found]) => {
  const missing = refusal(404, "NOT_FOUND - no exchange 'orders' in vhost '/'");
  const { outcome } = await confirmed(found, { refused: missing });
  expect(outcome).toMatchObject({ state: "lost", why: { code: "NOT_FOUND" } });
});

test("that have gone and may not be made again are lost", async () => {
  const { outcome } = await confirmed([], { refused: refusal(403, "ACCESS_REFUSED") });
  expect(outcome).toMatchObject({ state: "lost", why: { code: "FORBIDDEN" } });
});

test("without the queue it is not they that are lost: its consumer is told", async () => {
  const missing = refusal(404, "NOT_FOUND - no queue 'queue' in vhost '/'");
  const { outcome } = await confirmed([], { refused: missing });
  expect(outcome).toMatchObject({ name: "CodedError", code: "BROKER_UNAVAILABLE" });
});

test("as long as who knows is late none is made, and only the exchange is looked for", async () => {
  expect(await confirmed("late", { isExpectedToAnswer: true })).toEqual({
    outcome: { state: "unknown" },
    asked: ["check orders"],
  });
});

test.for<[string, readonly BindingsTold[], Setup]>([
  ["had told of them", [ALL], {}],
  ["was to tell of them", [], { isExpectedToAnswer: true }],
  ["had told of one that was gone", [[]], {}],
  ["was late for too long", [ALL, "late"], {}],
])(
  "where who knows %s and cannot be asked any more, it is said once that one may have gone",
  async ([, before, setup]) => {
    const made = bindings([...before, undefined, undefined], setup);
    for (let times = 0; times < before.length; times++) await made.confirm();
    expect(await made.confirm()).toEqual({
      outcome: { state: "mended" },
      asked: ["gone", "a.*", "b"],
    });
    expect(await made.confirm()).toEqual({ outcome: { state: "kept" }, asked: ["a.*", "b"] });
  },
);

test("where who knows has come and gone between two looks, it is said that one may have gone", async () => {
  const made = bindings([undefined, undefined, undefined], {});
  expect((await made.confirm()).outcome).toEqual({ state: "kept" });
  made.lookup.timesAnswering++;
  expect((await made.confirm()).outcome).toEqual({ state: "mended" });
  expect((await made.confirm()).outcome).toEqual({ state: "kept" });
});

test("who knows may be late with one queue for half a minute, however often it is there for others", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const tells = ["late", "late", "late", "late", ALL, "late"] as const;
  const made = bindings(tells, { isExpectedToAnswer: true });
  const states: unknown[] = [];
  for (const afterMs of [0, 29_999, 1, 1_000, 1_000, 1_000]) {
    vi.advanceTimersByTime(afterMs);
    made.lookup.timesAnswering++;
    states.push((await made.confirm()).outcome);
  }
  expect(states).toEqual(
    ["unknown", "unknown", "mended", "kept", "kept", "unknown"].map((state) => ({ state })),
  );
});
