import { expect, test } from "vitest";
import {
  ChannelTable,
  type WireChannel,
} from "../../../../../src/broker/rabbitmq/wire/channel-table.ts";

function tableOf(most: number) {
  const table = new ChannelTable();
  table.most = most;
  const opened: { number: number; closed: boolean }[] = [];
  const open = () => {
    const channel = { number: 0, closed: false };
    table.add((number) => {
      channel.number = number;
      return channel as unknown as WireChannel;
    });
    opened.push(channel);
    return channel;
  };
  return { table, open, opened };
}

test("a number is given away again as late as can be", () => {
  const { open } = tableOf(3);
  const first = open();
  expect(first.number).toBe(1);
  first.closed = true;
  expect([open().number, open().number, open().number]).toEqual([2, 3, 1]);
});

test("only as many as were agreed upon are open at a time", () => {
  const { open, opened } = tableOf(2);
  open();
  open();
  expect(open).toThrow("All 2 channels are in use");
  for (const channel of opened) channel.closed = true;
  expect(open().number).toBe(1);
});

test("a channel that is closed is nobody's, and one that never was is against the protocol", () => {
  const { table, open } = tableOf(2);
  const channel = open();
  expect(table.at(1)).toBe(channel);
  expect(table.open).toEqual([channel]);
  channel.closed = true;
  expect(table.at(1)).toBeUndefined();
  expect(table.at(1)).toBeUndefined();
  expect(table.open).toEqual([]);
  expect(() => table.at(2)).toThrow("A frame on channel 2, which is not open");
});
