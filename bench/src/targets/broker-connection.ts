import { connect, type ChannelModel } from "amqplib";

/** A connection to the broker of AMQP_URL, without Nagle's delay. */
export function connectToBroker(): Promise<ChannelModel> {
  const url = process.env["AMQP_URL"];
  if (url === undefined) throw new Error("AMQP_URL says which broker to use");
  return connect(url, { noDelay: true });
}
