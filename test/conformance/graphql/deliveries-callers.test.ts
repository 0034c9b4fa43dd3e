import { describe, expect, test } from "vitest";
import type { AuthenticationRequest } from "../../../src/access/authenticate.ts";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS } from "../../harness/gateway.ts";
import { metricOf } from "../../harness/metric.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { codesOf, dataOf } from "./support/user.ts";
import { declaredQueue, nextDelivery, queued, readyIn, SETTLE, work } from "./support/work.ts";

/** Whoever says who it is, over a socket. */
const authenticate = ({ connectionParams }: AuthenticationRequest) => {
  const name = connectionParams?.["name"];
  return typeof name === "string" ? { id: name, claims: {} } : undefined;
};

const ENDS = ["acked", "rejected", "requeued", "retried", "exhausted", "returned"];

describe.each(BROKERS)("a delivery over %s is the caller's who got it", (broker) => {
  const gateway = sharedGateway({ broker, authenticate, allowAnonymous: true });

  async function socketOf(name?: string): Promise<ProtocolSocket> {
    return await ProtocolSocket.open(gateway().wsUrl, { connectionParams: name ? { name } : {} });
  }

  async function ended(): Promise<number[]> {
    const series = ENDS.map((how) => `rabbitql_deliveries_ended_total{how="${how}"}`);
    return await Promise.all(series.map((name) => metricOf(gateway(), name)));
  }

  test.for(["ack", "nack", "requeue", "retry"] as const)(
    "%s by another is DELIVERY_UNKNOWN and does nothing; by its owner's other socket it is done",
    async (how) => {
      const queue = await declaredQueue(gateway());
      await queued(gateway(), queue, "1");
      const sockets = await Promise.all([socketOf("ada"), socketOf("ada"), socketOf("grace")]);
      const [ada, adasOther, grace] = sockets;
      const nobody = await socketOf();
      const operation = work(ada, queue);
      const { id } = await nextDelivery(operation);
      const before = await ended();

      for (const stranger of [grace, nobody]) {
        const refused = await stranger.execute(SETTLE[how], { ids: [id], delayMs: 0 });
        expect(codesOf(refused)).toEqual(["DELIVERY_UNKNOWN"]);
        expect(Object.values(refused.data ?? {})).toEqual([[null]]);
        // In the words that an id gets which there has never been.
        const madeUp = id.split("").toReversed().join("");
        const unheardOf = await stranger.execute(SETTLE[how], { ids: [madeUp], delayMs: 0 });
        expect(JSON.stringify(unheardOf).replaceAll(madeUp, id)).toBe(JSON.stringify(refused));
      }
      expect(await metricOf(gateway(), "rabbitql_deliveries_unsettled")).toBe(1);
      expect(await ended()).toEqual(before);

      const done = await adasOther.execute(SETTLE.ack, { ids: [id] });
      expect(dataOf(done)).toEqual({ ack: [id] });
      expect(await metricOf(gateway(), "rabbitql_deliveries_unsettled")).toBe(0);
      // Whatever a stranger had done would have brought it again, before what is published now.
      await queued(gateway(), queue, "2");
      const { message } = await nextDelivery(operation);
      expect(message).toMatchObject({ text: "2", redelivered: false });
      for (const socket of [...sockets, nobody]) await socket.close();
      await eventually(async () => expect(await readyIn(gateway(), queue)).toBe(1));
    },
  );
});
