import { randomUUID } from "node:crypto";
import { httpUrl } from "../http-url.ts";
import { MAX_INSTANCE_LENGTH } from "../lengths.ts";
import { milliseconds, seconds } from "../number-settings.ts";
import { SECOND, MINUTE } from "../sizes-and-times.ts";
import { brokerUrls, file, serverName, text } from "../text-settings.ts";

export const BROKER_SETTINGS = {
  amqpUrl: brokerUrls({
    description:
      "The RabbitMQ, or nodes of one cluster, to work with; prefer the variable, as other users can read flags",
    variable: "AMQP_URL",
    shownDefault: "the embedded broker",
  }),
  amqpUserFile: file({
    description: "File with the user's name, instead of the URL's; read whenever it connects",
  }),
  amqpPasswordFile: file({
    description: "File with the password, instead of the URL's; read whenever it connects",
  }),
  amqpCaFile: file({
    description:
      "File with who may sign the broker's certificate (PEM), instead of Node.js's own list; read whenever it connects",
  }),
  amqpCertificateFile: file({
    description:
      "File with a certificate (PEM) to show to the broker, and its chain; read whenever it connects",
  }),
  amqpKeyFile: file({
    description:
      "File with that certificate's private key (PEM, without a passphrase); read whenever it connects",
  }),
  amqpServerName: serverName({
    description: "Name that the broker's certificate must be for",
    shownDefault: "the URL's host",
  }),
  managementUrl: httpUrl({
    description:
      "RabbitMQ's management API, asked about what there is; as the broker's user unless it names another",
    shownDefault: "its usual port on the broker's host",
    example: "http://user:password@host:15672",
  }),
  definitions: file({
    description:
      "File with a RabbitMQ definitions export (JSON): its exchanges, queues and bindings are declared at the start",
  }),
  instance: text({
    description:
      "Name of this gateway in the names of its queues; no two gateways on a broker may share one",
    default: () => randomUUID().slice(0, 8),
    shownDefault: "made up at each start",
    pattern: new RegExp(`^[\\w-]{1,${MAX_INSTANCE_LENGTH}}$`),
    expected: `1 to ${MAX_INSTANCE_LENGTH} letters, digits, _ or -`,
    placeholder: "<name>",
  }),
  heartbeatSeconds: seconds({
    description: "AMQP heartbeat; a dead connection is noticed after two or three",
    default: 10,
    min: 5,
    max: 60,
  }),
  connectTimeoutMs: milliseconds({
    description: "How long connecting, handshake included, may take",
    default: 10 * SECOND,
    min: 100,
    max: 2 * MINUTE,
  }),
  rpcTimeoutMs: milliseconds({
    description: "How long the broker may take to answer one AMQP method, such as a declaration",
    default: 10 * SECOND,
    min: 100,
    max: 10 * MINUTE,
  }),
  closeTimeoutMs: milliseconds({
    description: "How long closing a connection in good order may take before it is cut",
    default: 5 * SECOND,
    min: 100,
    max: MINUTE,
  }),
  reconnectMinMs: milliseconds({
    description: "First delay before connecting again; doubled at each failure",
    default: 500,
    min: 10,
    max: MINUTE,
  }),
  reconnectMaxMs: milliseconds({
    description: "Longest delay before connecting again",
    // A broker that is back, or lets in again whom it refused, is to be found out within 5 s; nobody tells.
    default: 2 * SECOND,
    min: 10,
    max: 10 * MINUTE,
  }),
};
