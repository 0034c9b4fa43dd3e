import { CodedError } from "../errors.ts";
import { checkFieldTable } from "./check-headers.ts";
import { checkName, checkShortString } from "./check-short-string.ts";
import type { BrokerLimits } from "./limits.ts";
import { checkClientsQueue, checkDestination, checkQueueSpec } from "./reserved-name.ts";
import type { Binding, ExchangeSpec, QueueSpec, TapSpec } from "./topology.ts";

export function checkTap(spec: TapSpec, limits: BrokerLimits): void {
  if (spec.exchange === "")
    throw new CodedError(
      "BAD_USER_INPUT",
      'The default exchange "" cannot be subscribed to: it sends each message to the queue that the routing key names',
    );
  checkName("exchange", spec.exchange);
  if (spec.routingPatterns.length === 0)
    throw new CodedError(
      "BAD_USER_INPUT",
      'routingPatterns is empty; leave it out for every key ("#"), or name at least one',
    );
  if (spec.routingPatterns.length > limits.maxRoutingPatterns)
    throw new CodedError(
      "LIMIT_EXCEEDED",
      `routingPatterns has ${spec.routingPatterns.length} entries; at most ${limits.maxRoutingPatterns} are taken`,
      { limit: "maxRoutingPatterns" },
    );
  for (const pattern of spec.routingPatterns) checkShortString("The routing pattern", pattern);
  if (spec.headers) checkFieldTable("headers.values", spec.headers.values, limits);
}

export function checkExchange(
  { name, arguments: given }: ExchangeSpec,
  limits: BrokerLimits,
): void {
  checkExchangeName("name", name);
  checkFieldTable("arguments", given, limits);
  const alternate = given["alternate-exchange"];
  if (typeof alternate === "string") checkName("alternateExchange", alternate);
}

/** One that clients can declare. */
export function checkQueue(spec: QueueSpec, limits: BrokerLimits): void {
  checkQueueName("name", spec.name);
  checkFieldTable("arguments", spec.arguments, limits);
  checkQueueSpec(spec);
}

export function checkBinding(binding: Binding, limits: BrokerLimits): void {
  checkExchangeName("source", binding.source);
  checkExchangeName("destination", binding.destination);
  checkDestination(binding);
  checkShortString("routingKey", binding.routingKey);
  checkFieldTable("arguments", binding.arguments, limits);
}

export function checkExchangeName(what: string, name: string): void {
  checkName(what, name);
  if (name === "")
    throw new CodedError(
      "BAD_USER_INPUT",
      `${what} is empty, which is the default exchange's name; it cannot be declared, bound or deleted`,
    );
}

/** An empty one is the last that a channel declared (AMQP 0-9-1 section 1.7.2.1.2), which is never the client's. */
export function checkQueueName(what: string, name: string): void {
  checkName(what, name);
  if (name === "") throw new CodedError("BAD_USER_INPUT", `${what} is empty; name a queue`);
}

/** Of a queue that clients can do something with, and not only look at. */
export function checkClientsQueueName(what: string, name: string): void {
  checkQueueName(what, name);
  checkClientsQueue(what, name);
}

export function checkStreamName(stream: string): void {
  checkName("stream", stream);
  if (stream === "") throw new CodedError("BAD_USER_INPUT", "stream is empty; name a stream");
  checkClientsQueue("stream", stream);
}
