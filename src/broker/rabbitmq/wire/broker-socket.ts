import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { BrokerAddress } from "../broker-address.ts";

/** Dials; over TLS where the address says so, and then with the certificate checked. Not yet connected. */
export function dialSocket({ isTls, host, port }: BrokerAddress): Socket {
  const socket = isTls
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connect({ host, port });
  // A confirm is waited for: nothing may be held back for the next packet.
  return socket.setNoDelay(true).setKeepAlive(true);
}
