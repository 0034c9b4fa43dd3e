import { cpus, release, totalmem, type } from "node:os";

/** What everything ran on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly rabbitMq: string;
  readonly pinned: boolean;
}

export function thisMachine(rabbitMq: string, pinned: boolean): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${kernelSeries(release())}`,
    node: process.version,
    rabbitMq,
    pinned,
  };
}

export function machineInWords(machine: Machine): string {
  const pinning = machine.pinned
    ? "target on core 0, broker and load on core 1"
    : "nothing pinned to a core";
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; ${machine.system}; Node ${machine.node}; ` +
    `RabbitMQ ${machine.rabbitMq}; ${pinning}.`
  );
}

/** Major and minor version: what distributions and hosts add to it says nothing here. */
function kernelSeries(version: string): string {
  return version.split(".", 2).join(".");
}
