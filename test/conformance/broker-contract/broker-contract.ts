import { describe } from "vitest";
import { alternateExchanges } from "./alternate-exchanges.ts";
import { bindings } from "./bindings.ts";
import { capabilities } from "./capabilities.ts";
import { closing } from "./closing.ts";
import { consuming } from "./consuming.ts";
import { copies } from "./copies.ts";
import { deadLetters } from "./dead-letters.ts";
import { defaultExchange } from "./default-exchange.ts";
import { exchangeDeclarations } from "./exchange-declarations.ts";
import { exchangeToExchange } from "./exchange-to-exchange.ts";
import type { BrokerHarness } from "./harness.ts";
import { headersRouting } from "./headers-routing.ts";
import { lostBindings } from "./lost-bindings.ts";
import { messageRoundTrip } from "./message-round-trip.ts";
import { predeclaredExchanges } from "./predeclared-exchanges.ts";
import { publishing } from "./publishing.ts";
import { queueArguments } from "./queue-arguments.ts";
import { queueBounds } from "./queue-bounds.ts";
import { queueDeclarations } from "./queue-declarations.ts";
import { queueOrder } from "./queue-order.ts";
import { readingQueues } from "./reading-queues.ts";
import { requests } from "./requests.ts";
import { reading } from "./reading.ts";
import { routing } from "./routing.ts";
import { readingStreams } from "./reading-streams.ts";
import { status } from "./status.ts";
import { streamHistory } from "./stream-history.ts";
import { tapLifecycle } from "./tap-lifecycle.ts";
import { tapOrder } from "./tap-order.ts";
import { timeToLive } from "./time-to-live.ts";
import { topicProperties } from "./topic-properties.ts";

const SUBJECTS = {
  status,
  routing,
  "routing by headers": headersRouting,
  "topic patterns": topicProperties,
  "CC and BCC": copies,
  "alternate exchanges": alternateExchanges,
  "exchanges bound to exchanges": exchangeToExchange,
  "the default exchange": defaultExchange,
  "predeclared exchanges": predeclaredExchanges,
  "declaring and deleting exchanges": exchangeDeclarations,
  "declaring and deleting queues": queueDeclarations,
  "reading and purging": reading,
  bindings,
  publishing,
  "messages there and back": messageRoundTrip,
  "order and liveness of taps": tapOrder,
  "taps on the broker": tapLifecycle,
  "bindings that are lost": lostBindings,
  "consuming queues": consuming,
  "reading queues": readingQueues,
  "dead letters": deadLetters,
  "time to live": timeToLive,
  "bounds of queues": queueBounds,
  "order and turns in queues": queueOrder,
  "arguments of queues": queueArguments,
  requests,
  "reading streams": readingStreams,
  "streams that are not what they were": streamHistory,
  closing,
  capabilities,
};

/** What every broker adapter must do (see src/broker/adapter.ts), as tests; `name` is the adapter's. */
export function brokerContract(name: string, harness: BrokerHarness): void {
  describe(`the broker contract, kept by ${name}`, () => {
    describe.each(Object.entries(SUBJECTS))("%s", (_, tests) => {
      tests(harness);
    });
  });
}
