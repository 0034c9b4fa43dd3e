import type { GrowthPoint } from "./row.ts";

const inEnglish = (number: number) => number.toLocaleString("en");

export function bySubscribers(subscribers: number): GrowthPoint {
  return { table: "Fan-out under backlog of 200 B, by subscribers", point: inEnglish(subscribers) };
}

export function byBytes(bytes: number): GrowthPoint {
  return {
    table: "Fan-out under backlog to 100 subscribers, by bytes of a message",
    point: inEnglish(bytes),
  };
}
