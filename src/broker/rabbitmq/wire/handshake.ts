import { VERSION } from "../../../version.ts";
import { fieldTable, type FieldTable } from "../../field-table.ts";
import {
  CONNECTION_OPEN,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_START_OK,
  CONNECTION_TUNE,
  CONNECTION_TUNE_OK,
} from "./amqp-constants.ts";
import type { ControlChannel } from "./control-channel.ts";
import { readFieldTable } from "./field-table-reader.ts";
import { long, longString, short, shortString, table } from "./method-frame.ts";
import { NotAmqp } from "./wire-errors.ts";

/** Section 1.2: no peer may ask for shorter frames. */
const LEAST_FRAME_MAX = 4096;

export interface HandshakeWishes {
  readonly user: string;
  readonly password: string;
  readonly virtualHost: string;
  /** What operators see the connection as (RabbitMQ, "Connections", "Client-Provided Connection Name"). */
  readonly connectionName: string;
  /** Bytes of a frame, channels, and seconds between heartbeats; the broker may want less. 0 heartbeats: none. */
  readonly frameMax: number;
  readonly channelMax: number;
  readonly heartbeatSeconds: number;
}

/** What both sides have agreed upon, and what the broker is. */
export interface Agreed {
  readonly frameMax: number;
  readonly channelMax: number;
  readonly heartbeatSeconds: number;
  readonly server: { product: string; version: string };
  /** RabbitMQ, "Clustering": of the cluster that it is a node of. */
  readonly clusterName: string | undefined;
}

/** Opens a connection whose protocol header has been sent (AMQP 0-9-1 section 2.2.4). */
export async function shakeHands(
  control: ControlChannel,
  wishes: HandshakeWishes,
): Promise<Agreed> {
  const start = await control.expect(CONNECTION_START);
  const protocolVersion = `${start.octet()}.${start.octet()}`;
  if (protocolVersion !== "0.9") throw new NotAmqp(`The broker speaks AMQP ${protocolVersion}`);
  const server = readFieldTable(start);
  const mechanisms = start.longString().split(" ");
  if (!mechanisms.includes("PLAIN"))
    throw new NotAmqp(`The broker takes no PLAIN login, only ${mechanisms.join(", ")}`);

  const tuned = control.expect(CONNECTION_TUNE);
  control.send(
    CONNECTION_START_OK,
    table(clientProperties(wishes.connectionName)),
    shortString("PLAIN"),
    longString(`\0${wishes.user}\0${wishes.password}`),
    shortString("en_US"),
  );
  const tune = await tuned;
  const channelMax = lower(tune.short(), wishes.channelMax);
  const frameMax = lower(tune.long(), wishes.frameMax);
  const offered = tune.short();
  const heartbeatSeconds = wishes.heartbeatSeconds && lower(offered, wishes.heartbeatSeconds);
  if (frameMax < LEAST_FRAME_MAX)
    throw new NotAmqp(`The broker takes frames of ${frameMax} bytes; AMQP's least is 4096`);

  const opened = control.expect(CONNECTION_OPEN_OK);
  control.send(CONNECTION_TUNE_OK, short(channelMax), long(frameMax), short(heartbeatSeconds));
  // The two empty fields are of AMQP 0-9.
  control.send(CONNECTION_OPEN, shortString(wishes.virtualHost), shortString(""), Buffer.of(0));
  await opened;
  const { product, version, cluster_name: clusterName } = server;
  return {
    frameMax,
    channelMax,
    heartbeatSeconds,
    server: { product: text(product), version: text(version) },
    clusterName: typeof clusterName === "string" ? clusterName : undefined,
  };
}

/** Of a tuned value, 0 is "no limit". */
function lower(offered: number, wished: number): number {
  return offered === 0 ? wished : Math.min(offered, wished);
}

/** RabbitMQ, "Connections", "Capabilities": what it may send to us. */
function clientProperties(connectionName: string): FieldTable {
  return fieldTable({
    product: "rabbitql",
    version: VERSION,
    platform: `Node.js ${process.version}`,
    connection_name: connectionName,
    capabilities: fieldTable({
      publisher_confirms: true,
      exchange_exchange_bindings: true,
      "basic.nack": true,
      consumer_cancel_notify: true,
      "connection.blocked": true,
      authentication_failure_close: true,
    }),
  });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
