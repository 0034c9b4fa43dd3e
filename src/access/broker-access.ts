import type { Broker } from "../broker/broker.ts";

/**
 * What of the broker whoever acts for a caller can reach. A method that comes to it is guarded in
 * guarded-broker.ts, which does not compile until then.
 */
export type BrokerAccess = Pick<
  Broker,
  | "status"
  | "connections"
  | "publish"
  | "request"
  | "declareExchange"
  | "deleteExchange"
  | "declareQueue"
  | "deleteQueue"
  | "purgeQueue"
  | "countQueue"
  | "readExchanges"
  | "readExchange"
  | "readQueues"
  | "readQueue"
  | "readBindings"
  | "bind"
  | "unbind"
>;
