import { expect, test } from "vitest";
import { selfTimes } from "../../../bench/src/profile/cpu-profile.ts";
import { moduleGroup } from "../../../bench/src/profile/module-group.ts";

const node = (id: number) => ({ id, callFrame: { functionName: `f${id}`, url: "" } });
const at = (url: string, functionName = "f") => moduleGroup({ callFrame: { url, functionName } });

test.each([
  ["file:///srv/rabbitql/node_modules/amqplib/lib/channel.js", "amqplib"],
  ["file:///srv/rabbitql/node_modules/@pothos/core/esm/index.js", "@pothos/core"],
  ["file:///srv/node_modules/rabbitql/node_modules/graphql/index.mjs", "graphql"],
  ["node:internal/streams/writable", "node"],
  ["node:net", "node"],
  ["file:///srv/rabbitql/dist/server/fan-out/group.js", "rabbitql: server/fan-out"],
  ["file:///srv/rabbitql/dist/gateway.js", "rabbitql"],
])("code of %s is %s", (url, group) => {
  expect(at(url)).toBe(group);
});

test.each([
  ["(garbage collector)", "garbage collector"],
  ["(idle)", "idle"],
  ["(program)", "native code outside of JavaScript"],
  ["writev", "built-in functions and system calls"],
])("%s, which is in no file, is %s", (functionName, group) => {
  expect(at("", functionName)).toBe(group);
});

test("the time of a node is that between the samples that found it on top", () => {
  const times = selfTimes({
    nodes: [node(1), node(2), node(3)],
    samples: [1, 2, 2, 1],
    timeDeltas: [10, 20, 30, 40],
  });
  expect([...times].map(([{ id }, time]) => [id, time])).toEqual([
    [1, 50],
    [2, 50],
  ]);
});
