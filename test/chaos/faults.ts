import { tapQueuesAmong } from "../harness/rabbitmq/tap-queues.ts";
import type { TcpProxy } from "../harness/tcp-proxy.ts";
import type { World } from "./world.ts";

/** Begins, and resolves with what ends it. */
export type Fault = (world: World) => Promise<() => Promise<void> | void>;

const nothing = () => {};

const broker = {
  async "broker killed"({ rabbitMq: { node } }) {
    await node.kill();
    return () => node.start();
  },
  async "broker stopped"({ rabbitMq: { node } }) {
    await node.stop();
    return () => node.start();
  },
  async "broker's application stopped"({ rabbitMq: { node } }) {
    await node.ctl("stop_app");
    return async () => void (await node.ctl("start_app"));
  },
  async "broker frozen"({ rabbitMq: { node } }) {
    node.pause();
    return () => node.resume();
  },
  async "memory alarm"({ rabbitMq: { node } }) {
    await node.ctl("set_vm_memory_high_watermark", "0");
    return async () => void (await node.ctl("set_vm_memory_high_watermark", "0.4"));
  },
  async "disk alarm"({ rabbitMq: { node } }) {
    await node.ctl("set_disk_free_limit", "1000000GB");
    return async () => void (await node.ctl("set_disk_free_limit", "50MB"));
  },
  async "connections closed by an operator"({ rabbitMq: { node } }) {
    await node.ctl("close_all_connections", "an operator");
    return nothing;
  },
  async "subscription queue deleted"({ rabbitMq: { node }, topology }) {
    const queues = (await topology.queues()).filter(({ name }) => name.startsWith("gql."));
    const [queue] = tapQueuesAmong(queues);
    // It may have gone with its connection since it was listed.
    if (queue) await node.ctl("delete_queue", queue.name).catch(unlessNotFound);
    return nothing;
  },
  async "exchange deleted"({ declareSide, deleteSide }) {
    await deleteSide();
    return declareSide;
  },
  async "exchange deleted and declared again at once"({ declareSide, deleteSide }) {
    await deleteSide();
    await declareSide();
    return nothing;
  },
  async "binding removed"({ unbindSide }) {
    await unbindSide();
    return nothing;
  },
} satisfies Record<string, Fault>;

/** Of a network, whichever it is. */
function networkFaults(where: string, proxyOf: (world: World) => TcpProxy): Record<string, Fault> {
  const lasting =
    (begin: (proxy: TcpProxy) => void | Promise<void>): Fault =>
    async (world) => {
      const proxy = proxyOf(world);
      await begin(proxy);
      return () => proxy.heal();
    };
  const faults: Record<string, Fault> = {
    cut: lasting((proxy) => proxy.cut()),
    reset: lasting((proxy) => proxy.reset()),
    "cut and refused": lasting(async (proxy) => {
      await proxy.refuse(true);
      proxy.cut();
    }),
    stalled: lasting((proxy) => proxy.stall(true)),
    "a blackhole": lasting((proxy) => proxy.poison("both", { blackhole: true })),
    "a blackhole on the way there": lasting((proxy) => proxy.poison("up", { blackhole: true })),
    "a blackhole on the way back": lasting((proxy) => proxy.poison("down", { blackhole: true })),
    late: lasting((proxy) => proxy.poison("both", { latency: { ms: 200, jitterMs: 100 } })),
    "in small pieces": lasting((proxy) =>
      proxy.poison("both", { slicer: { bytes: 300, delayMs: 1 } }),
    ),
    narrow: lasting((proxy) => proxy.poison("both", { bandwidth: { bytesPerSecond: 200_000 } })),
    "slow to close": lasting((proxy) => proxy.poison("both", { slowClose: { ms: 1_000 } })),
  };
  return Object.fromEntries(
    Object.entries(faults).map(([name, fault]) => [`${where} ${name}`, fault]),
  );
}

/** Those of one layer exclude each other; of two layers they may come together. */
export const LAYERS: readonly Readonly<Record<string, Fault>>[] = [
  broker,
  networkFaults("network to the broker", ({ toBroker }) => toBroker),
  networkFaults("network to the clients", ({ toGateway }) => toGateway),
  networkFaults("network to the management API", ({ toManagement }) => toManagement),
];

export const FAULTS: Readonly<Record<string, Fault>> = Object.assign({}, ...LAYERS);

function unlessNotFound(error: unknown): void {
  if (!/not found/i.test(String(error))) throw error;
}
