import { describe, expect, onTestFinished, test } from "vitest";
import { shortOrLong } from "../../faults/support/measured.ts";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS } from "../../harness/gateway.ts";
import { topologyOf } from "../../harness/rabbitmq/topology.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { declared, liveFeed, published } from "./support/user.ts";

/** Fault 29 asks for 10,000: FAULTS=long. */
const CYCLES = shortOrLong(2_000, 10_000);
const SOCKETS = 10;
/** Fewer than sockets, so that taps are now shared and now not. */
const PATTERNS = 7;

describe.for(BROKERS)(`${CYCLES} times subscribing and leaving, over %s`, (broker) => {
  const gateway = sharedGateway({ broker });

  /** Everything that a tap may leave on RabbitMQ. The embedded broker tells only what is routed. */
  async function onTheBroker() {
    const { rabbitMq } = gateway();
    if (!rabbitMq) return {};
    const topology = topologyOf(rabbitMq);
    const [queues, bindings] = [await topology.queues(), await topology.bindings()];
    const [channels, consumers] = [await topology.channels(), await topology.consumers()];
    return { queues, bindings, channels: channels.length, consumers };
  }

  /** So many subscriptions one after another, each live before it is left. */
  async function subscribeAndLeave(
    exchange: string,
    cycles: number,
    offset: number,
  ): Promise<void> {
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const routingPatterns = [`pattern.${(cycle + offset) % PATTERNS}`];
      const feed = await liveFeed(socket, { exchange, routingPatterns });
      feed.complete();
    }
    await socket.close();
  }

  test(
    "leaves no queue, binding, channel, consumer or listener",
    { timeout: 30_000 + 30 * CYCLES },
    async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => void warnings.push(warning);
      process.on("warning", onWarning);
      onTestFinished(() => void process.off("warning", onWarning));
      const exchange = await declared(gateway(), "TOPIC");
      await published(gateway(), { exchange });
      const subscribersComeAndGo = (cycles: number) =>
        Promise.all(
          Array.from({ length: SOCKETS }, (_, offset) =>
            subscribeAndLeave(exchange, cycles / SOCKETS, offset),
          ),
        );
      // Channels are opened as they are needed, and kept: after this all of them are there.
      await subscribersComeAndGo(CYCLES / 10);
      const before = await eventually(async () => {
        const found = await onTheBroker();
        expect(found.queues ?? []).toEqual([]);
        return found;
      });

      const startedAt = performance.now();
      await subscribersComeAndGo(CYCLES);
      expect(performance.now() - startedAt).toBeLessThan(30 * CYCLES);

      await eventually(async () => expect(await onTheBroker()).toEqual(before), {
        timeoutMs: 20_000,
      });
      for (let pattern = 0; pattern < PATTERNS; pattern++)
        expect(
          await published(gateway(), { exchange, routingKey: `pattern.${pattern}` }),
        ).toMatchObject({ routed: false });
      expect(warnings).toEqual([]);
    },
  );
});
