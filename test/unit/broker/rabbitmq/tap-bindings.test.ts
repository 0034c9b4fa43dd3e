import { expect, test } from "vitest";
import type { BindingLookup } from "../../../../src/broker/rabbitmq/binding-lookup.ts";
import type { SerialChannels } from "../../../../src/broker/rabbitmq/serial-channels.ts";
import type { Channel } from "../../../../src/broker/rabbitmq/wire/channel.ts";
import { TapBindings } from "../../../../src/broker/rabbitmq/tap-bindings.ts";

const SPEC = { exchange: "orders", routingPatterns: ["a.*", "b"] };
const bound = (routingKey: string) => ({ source: "orders", destination: "queue", routingKey });
const ALL = ["a.*", "b"].map(bound);

/** Bindings as the management API has them (undefined: it cannot be asked), over a broker that refuses binds, if it is to. */
async function confirmed(found: readonly ReturnType<typeof bound>[] | undefined, refused?: Error) {
  const lookup = { bindingsOf: () => Promise.resolve(found) } as unknown as BindingLookup;
  const keys: string[] = [];
  const gone = async () => void keys.push("gone");
  const channel = {
    bindQueue: (_queue: string, _exchange: string, key: string) => {
      keys.push(key);
      return refused ? Promise.reject(refused) : Promise.resolve();
    },
  } as unknown as Channel;
  const channels = {
    run: (work: (channel: Channel, bounded: <A>(answer: Promise<A>) => Promise<A>) => unknown) =>
      work(channel, (answer) => answer),
  } as unknown as SerialChannels<Channel>;
  const outcome = await new TapBindings("queue", SPEC, lookup)
    .confirm(channels, { soon: true, gone })
    .catch((error: unknown) => error);
  return { outcome, keys };
}

function refusal(code: number, text: string): Error {
  return Object.assign(new Error(`Operation failed: QueueBind; ${code} (${text})`), { code });
}

test("where all are known to be there, none is made", async () => {
  expect(await confirmed(ALL)).toEqual({ outcome: { state: "kept" }, keys: [] });
});

test("where it cannot be known, all are made, and nothing is said to have gone", async () => {
  expect(await confirmed(undefined)).toEqual({ outcome: { state: "kept" }, keys: ["a.*", "b"] });
});

test("where one has gone, all are made once that has been heard of, and it is said to have gone", async () => {
  expect(await confirmed([bound("b")])).toEqual({
    outcome: { state: "mended" },
    keys: ["gone", "a.*", "b"],
  });
});

test.for<[string, Parameters<typeof confirmed>[0]]>([
  ["they are known to have gone", []],
  ["that is not known", undefined],
])("without the exchange they are lost, where %s", async ([, found]) => {
  const missing = refusal(404, "NOT_FOUND - no exchange 'orders' in vhost '/'");
  const { outcome } = await confirmed(found, missing);
  expect(outcome).toMatchObject({ state: "lost", why: { code: "NOT_FOUND" } });
});

test("that have gone and may not be made again are lost", async () => {
  const { outcome } = await confirmed([], refusal(403, "ACCESS_REFUSED"));
  expect(outcome).toMatchObject({ state: "lost", why: { code: "FORBIDDEN" } });
});

test("without the queue it is not they that are lost: its consumer is told", async () => {
  const missing = refusal(404, "NOT_FOUND - no queue 'queue' in vhost '/'");
  const { outcome } = await confirmed([], missing);
  expect(outcome).toMatchObject({ name: "CodedError", code: "BROKER_UNAVAILABLE" });
});
