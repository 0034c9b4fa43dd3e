import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { brokerAddress } from "../../../../../src/broker/rabbitmq/broker-address.ts";
import { dialSocket } from "../../../../../src/broker/rabbitmq/wire/broker-socket.ts";

test("what was read stays as it was when more is read", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const chunks: Buffer[] = [];
  const reads = new EventEmitter();
  const address = brokerAddress(`amqp://127.0.0.1:${port}`);
  const dialled = dialSocket({ ...address, tls: {} }, (chunk) => {
    chunks.push(chunk);
    reads.emit("read");
  });
  const [accepted] = (await once(server, "connection")) as [Socket];
  const ended = once(dialled, "end");
  try {
    for (const text of ["one", "two", "three"]) {
      const read = once(reads, "read");
      accepted.write(text);
      await read;
    }
    expect(chunks.map(String)).toEqual(["one", "two", "three"]);
    accepted.end();
    await ended;
  } finally {
    accepted.destroy();
    dialled.destroy();
    server.close();
  }
});
