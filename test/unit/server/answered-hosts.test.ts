import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { AnsweredHosts } from "../../../src/server/answered-hosts.ts";

const asking = (host: string | undefined, url = "/graphql") =>
  ({ url, headers: host === undefined ? {} : { host } }) as IncomingMessage;

const OWN = ["localhost", "LocalHost:4000", "127.0.0.1:4000", "127.8.9.1", "[::1]:4000", "[::1]"];
const REBOUND = [
  "evil.example",
  "evil.example:4000",
  "localhost.evil.example:4000",
  "127.0.0.1.evil.example",
  "evil.example@localhost",
  "192.0.2.1:4000",
  "0.0.0.0:4000",
  "",
  undefined,
];

test.for(["127.0.0.1", "127.0.1.1", "::1"])("on %s loopback's names are answered", (address) => {
  const hosts = new AnsweredHosts(address, []);
  for (const host of OWN) expect([host, hosts.include(asking(host))]).toEqual([host, true]);
  for (const host of REBOUND) expect([host, hosts.include(asking(host))]).toEqual([host, false]);
  expect(hosts.include(asking("evil.example", "/metrics"))).toBe(false);
});

test("on loopback those that are listed are answered besides", () => {
  const hosts = new AnsweredHosts("127.0.0.1", ["gateway.example", "192.0.2.1"]);
  for (const host of [...OWN, "Gateway.example:443", "192.0.2.1:4000"])
    expect([host, hosts.include(asking(host))]).toEqual([host, true]);
  expect(hosts.include(asking("other.example"))).toBe(false);
  expect(new AnsweredHosts("127.0.0.1", ["*"]).include(asking("other.example"))).toBe(true);
});

test.for(["0.0.0.0", "::", "192.0.2.1"])(
  "on %s any is answered where none is listed",
  (address) => {
    const hosts = new AnsweredHosts(address, []);
    for (const host of [...OWN, ...REBOUND]) expect(hosts.include(asking(host))).toBe(true);
  },
);

test("beyond loopback those that are listed are, and probes by whatever address", () => {
  const hosts = new AnsweredHosts("0.0.0.0", ["gateway.example"]);
  for (const host of [...OWN, "gateway.example:443"])
    expect([host, hosts.include(asking(host))]).toEqual([host, true]);
  for (const host of REBOUND) {
    expect([host, hosts.include(asking(host))]).toEqual([host, false]);
    for (const path of ["/livez", "/readyz?verbose", "/metrics"])
      expect(hosts.include(asking(host, path))).toBe(true);
    for (const path of ["/metrics/graphql", "/graphql?/metrics"])
      expect(hosts.include(asking(host, path))).toBe(false);
  }
});
