import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { createAuthority } from "../../harness/certificates.ts";

const authority = createAuthority("authority");
const issued = authority.issue("broker", ["rabbit.example", "127.0.0.1"]);

test("a certificate is signed by its authority, for its key and its hosts", () => {
  const ca = new X509Certificate(authority.certificate);
  const certificate = new X509Certificate(issued.certificate);
  expect(ca.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.subject).toBe("CN=broker");
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
  expect(certificate.checkHost("rabbit.example")).toBe("rabbit.example");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkHost("other.example")).toBeUndefined();
  expect(certificate.verify(new X509Certificate(createAuthority("a").certificate).publicKey)).toBe(
    false,
  );
});

test("both sides of a TLS connection take it", async () => {
  const { certificate: cert, key } = issued;
  const ca = authority.certificate;
  const server = createServer({ cert, key, ca, requestCert: true }, (socket) =>
    socket.end("hello"),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const client = authority.issue("client");
  const socket = connect({
    host: "127.0.0.1",
    port,
    ca,
    cert: client.certificate,
    key: client.key,
  });
  const [hello] = (await once(socket, "data")) as [Buffer];
  expect(hello.toString()).toBe("hello");
  socket.destroy();
  server.close();
});
