import { setTimeout as delay } from "node:timers/promises";
import { benchBody, numberIn } from "../wire/bench-message.ts";
import { publishInput, requestOf } from "../wire/operations.ts";
import { deferred } from "./deferred.ts";
import { keepSending } from "./keep-sending.ts";
import { ask, hearDone } from "./program-client.ts";
import { publishClients, type PublishAddress } from "./publish-clients.ts";
import { ResponderProcess } from "./responder-process.ts";
import { beginStretch, type Work } from "./stretch.ts";

export interface RequestingTask {
  readonly amqpUrl: string;
  readonly queue: string;
  /** Where clients ask; or the port of a program that asks by itself. */
  readonly asking: PublishAddress | { readonly programPort: number };
  readonly inFlight: number;
  readonly bodyBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly pids: readonly number[];
}

/** Requests that are being made, until they are stopped. */
interface Asking {
  /** Resolves when all that was asked has been answered; rejects where anything goes wrong before or after. */
  stop(): Promise<void>;
  /** Settles early where something goes wrong. */
  readonly failure: Promise<void>;
  close(): void;
}

/**
 * Requests to one responder, the next of each client when the last is answered. Rejects where a reply is
 * another's, and where the responder has answered more or fewer than there were replies.
 */
export async function requesting(task: RequestingTask): Promise<Work> {
  const responder = await ResponderProcess.start(task);
  let answered = 0;
  const count = (requests: number) => (answered += requests);
  try {
    const { asking: by } = task;
    const asking = await ("programPort" in by
      ? program(by.programPort, task, count)
      : clients(by, task, count));
    try {
      await Promise.race([delay(task.warmUpMs), asking.failure]);
      const endStretch = beginStretch(task.pids, () => answered);
      await Promise.race([delay(task.measureMs), asking.failure]);
      const work = endStretch();
      await asking.stop();
      const asked = await responder.answered();
      if (asked !== answered)
        throw new Error(`${asked} requests were answered, and ${answered} replies came`);
      return work;
    } finally {
      asking.close();
    }
  } finally {
    responder.stop();
  }
}

async function clients(
  address: PublishAddress,
  { queue, inFlight, bodyBytes }: RequestingTask,
  count: (requests: number) => void,
): Promise<Asking> {
  const asking = await publishClients(address, inFlight, (place) =>
    requestOf(publishInput("", queue, benchBody(bodyBytes, place))),
  );
  const stopping = new AbortController();
  const all = asking.sends.map((send, place) =>
    keepSending(send, stopping.signal, (answer) => {
      if (answer.includes('"errors"') || numberIn(answer) !== place)
        throw new Error(`request ${place} was answered with ${answer}`);
      count(1);
    }),
  );
  const failure = Promise.all(all).then(() => {});
  const stop = () => {
    stopping.abort();
    return failure;
  };
  return { stop, failure, close: () => asking.close() };
}

async function program(
  port: number,
  { queue, inFlight, bodyBytes }: RequestingTask,
  count: (requests: number) => void,
): Promise<Asking> {
  const failed = deferred<void>();
  let told = 0;
  let enough: (() => void) | undefined;
  const close = await hearDone(port, {
    done: (requests) => {
      count(requests);
      told += requests;
      enough?.();
    },
    failed: failed.reject,
  });
  await ask(port, "/request", { queue, inFlight, bodyBytes });
  const stop = async () => {
    const { done } = await ask<{ done: number }>(port, "/stop", {});
    // What is done last may be told after this.
    const all = new Promise<void>((resolve) => {
      enough = () => {
        if (told >= done) resolve();
      };
      enough();
    });
    await Promise.race([all, failed.promise]);
  };
  return { stop, failure: failed.promise, close };
}
