import { REPLY_TO } from "../reply-to.ts";

/** As RabbitMQ writes it: after the name a process identifier of Erlang's and a secret, both in Base64. */
const ADDRESS = /^(?<process>[A-Za-z0-9+/]{16,400}={0,2})\.[A-Za-z0-9+/_-]{4,80}={0,2}$/;

/** Erlang's "External Term Format": the version, the two forms of a process identifier, and three of an atom. */
const TERM = 131;
const PROCESS_BYTES = new Map([
  [103, 9],
  [88, 12],
]);
const LENGTH_BYTES = new Map([
  [100, 2],
  [118, 2],
  [119, 1],
]);

/**
 * The node of the cluster that an address for replies leads to, in the broker's words; undefined where it is no such
 * address. RabbitMQ (3.10) closes the connection over one that it cannot read, and over one of a node that it
 * does not know, or no longer.
 */
export function nodeOfReplyAddress(address: string): string | undefined {
  if (!address.startsWith(`${REPLY_TO}.`)) return undefined;
  const written = ADDRESS.exec(address.slice(REPLY_TO.length + 1))?.groups?.["process"];
  if (written === undefined) return undefined;
  const term = Buffer.from(written, "base64");
  const processBytes = PROCESS_BYTES.get(term[1] ?? 0);
  const lengthBytes = LENGTH_BYTES.get(term[2] ?? 0);
  if (term[0] !== TERM || processBytes === undefined || lengthBytes === undefined) return undefined;
  if (term.toString("base64") !== written) return undefined;
  const start = 3 + lengthBytes;
  if (term.length <= start + processBytes) return undefined;
  const end = start + term.readUIntBE(3, lengthBytes);
  const node = term.subarray(start, end).toString("latin1");
  return term.length === end + processBytes && /^[\w-]+@[\w.-]+$/.test(node) ? node : undefined;
}
