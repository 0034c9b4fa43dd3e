import { expect, test } from "vitest";
import { clientAddress } from "../../../../src/server/limits/client-address.ts";
import type { Socket } from "node:net";

test.for([
  ["no proxy is trusted, and what the client says is not", 0, "1.1.1.1", "9.9.9.9"],
  ["one proxy has added the client's address", 1, "1.1.1.1", "1.1.1.1"],
  ["the client has made up addresses before it", 1, "6.6.6.6, 1.1.1.1", "1.1.1.1"],
  ["of two proxies the outer one has added it", 2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"],
  ["fewer proxies than are trusted", 2, "1.1.1.1", "9.9.9.9"],
  ["nothing was added", 1, undefined, "9.9.9.9"],
] as const)("%s", ([, trustedProxies, forwarded, expected]) => {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  const socket = { remoteAddress: "9.9.9.9" } as Socket;
  expect(clientAddress({ headers, socket }, trustedProxies)).toBe(expected);
});
