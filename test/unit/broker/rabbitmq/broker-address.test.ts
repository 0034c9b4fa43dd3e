import { expect, test } from "vitest";
import { brokerAddress } from "../../../../src/broker/rabbitmq/broker-address.ts";

const guest = { isTls: false, port: 5672, user: "guest", password: "guest", virtualHost: "/" };

test.each([
  ["amqp://host", { ...guest, host: "host" }],
  ["amqp://host:1234/", { ...guest, host: "host", port: 1234 }],
  ["amqps://[::1]/%2f", { ...guest, isTls: true, host: "::1", port: 5671 }],
  [
    "amqp://us%40er:p%2Fss@host/a%2Fb",
    { ...guest, host: "host", user: "us@er", password: "p/ss", virtualHost: "a/b" },
  ],
  ["amqp://user:@host", { ...guest, host: "host", user: "user", password: "" }],
])("%s", (url, address) => {
  expect(brokerAddress(url)).toEqual(address);
});
