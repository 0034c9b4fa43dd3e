import { derivedNumber, wholeNumber } from "../number-settings.ts";

export const CALLER_SETTINGS = {
  operationsPerSecond: derivedNumber({
    description:
      "Operations that a caller may start each second, or an address where nobody says who is asking; 0: any number",
    default: "0, with production 100",
    min: 0,
    max: 1_000_000,
  }),
  operationsBurst: derivedNumber({
    description: "Operations that one may start at once after a rest",
    default: "five seconds' worth",
    min: 1,
    max: 10_000_000,
  }),
  maxSocketsPerCaller: wholeNumber({
    description: "WebSockets of a caller who has said who it is; 0: any number",
    default: 50,
    min: 0,
    max: 1_000_000,
  }),
  maxSocketsPerAddress: derivedNumber({
    description: "WebSockets from an address; 0: any number",
    default: "0, with production 1000",
    min: 0,
    max: 1_000_000,
  }),
  maxTaps: wholeNumber({
    description: "Subscription queues on the broker: different things that clients listen to",
    default: 10_000,
    min: 1,
    max: 1_000_000,
  }),
  maxTapsPerCaller: wholeNumber({
    description:
      "Different things that a caller who has said who it is may listen to; 0: any number",
    default: 100,
    min: 0,
    max: 1_000_000,
  }),
  maxConsumersPerCaller: wholeNumber({
    description:
      "Deliveries and replays together that a caller who has said who it is may have; 0: any number",
    default: 100,
    min: 0,
    max: 1_000_000,
  }),
  trustedProxies: wholeNumber({
    description:
      "Proxies in front of the gateway that add to X-Forwarded-For, by which addresses are then told apart",
    default: 0,
    min: 0,
    max: 10,
  }),
};
