import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { FrameOutput } from "../../../../../src/broker/rabbitmq/wire/frame-output.ts";

/** Takes nothing further until it is told to. */
class SlowSocket extends Writable {
  readonly written: Buffer[] = [];
  take: () => void = () => {};

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.take = () => {
      this.written.push(Buffer.from(chunk));
      taken();
    };
  }
}

function say(output: FrameOutput, text: string): void {
  const bytes = output.room(text.length);
  output.at += bytes.write(text, output.at, "latin1");
  output.schedule();
}

test("what is said in one turn is written at its end, in one piece", async () => {
  const socket = new SlowSocket();
  const output = new FrameOutput(socket, 1000);
  say(output, "a");
  say(output, "b");
  expect(socket.writableLength).toBe(0);
  await new Promise(setImmediate);
  expect(socket.writableLength).toBe(2);
  expect(output.wrote).toBe(true);
  socket.take();
  expect(socket.written.map(String)).toEqual(["ab"]);
});

test("memory that the socket still reads from is not written over", () => {
  const socket = new SlowSocket();
  const output = new FrameOutput(socket, 1_000_000);
  const texts = Array.from({ length: 300 }, (_, place) => String(place % 10).repeat(1000));
  for (const text of texts) {
    say(output, text);
    output.flush();
  }
  while (socket.writableLength > 0) socket.take();
  expect(Buffer.concat(socket.written).toString()).toBe(texts.join(""));
});

test("is congested from its bound on, and drains once", async () => {
  const socket = new SlowSocket({ highWaterMark: 10 });
  const output = new FrameOutput(socket, 100);
  say(output, "x".repeat(99));
  output.flush();
  expect(output.congested).toBe(false);
  say(output, "x");
  output.flush();
  expect(output.congested).toBe(true);
  const drained = once(socket, "drain");
  while (socket.writableLength > 0) socket.take();
  await drained;
});

test("a burst is not kept back for the end of its turn", () => {
  const socket = new SlowSocket();
  const output = new FrameOutput(socket, 1000);
  output.append(new Uint8Array(256 * 1024));
  output.schedule();
  expect(socket.writableLength).toBe(256 * 1024);
});

test("a socket that has ended is left alone", () => {
  const socket = new SlowSocket();
  socket.destroy();
  const output = new FrameOutput(socket, 1000);
  say(output, "a");
  output.flush();
  expect(socket.written).toEqual([]);
});
