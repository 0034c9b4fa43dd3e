import type { BrokerAdapter, Tap, TapGap, TapListener } from "../../src/broker/adapter.ts";
import { notSupported } from "../../src/broker/broker-errors.ts";
import type { IncomingMessage } from "../../src/broker/message.ts";
import type { BrokerStatus } from "../../src/broker/status.ts";
import type { TapSpec } from "../../src/broker/topology.ts";
import { Inbox } from "../conformance/graphql/support/inbox.ts";
import type { CodedError } from "../../src/errors.ts";

/** A broker whose taps do what a test says, when it says so; it knows no exchange and takes no message. */
export class ScriptedAdapter implements BrokerAdapter {
  readonly capabilities = { queueTypes: [] };
  readonly connections = [];
  readonly user = "nobody";
  readonly status: BrokerStatus = {
    kind: "embedded",
    virtualHost: "/",
    state: "connected",
    since: new Date(0),
  };
  /** Taps that were asked for, in order, each to be taken by the test. */
  readonly taps = new Inbox<ScriptedTap>();

  open(): void {}

  onStatus(): () => void {
    return () => {};
  }

  openTap(spec: TapSpec, listener: TapListener): Promise<Tap> {
    const tap = new ScriptedTap(spec, listener);
    this.taps.put(tap);
    return tap.opened;
  }

  consume = absent;
  publish: BrokerAdapter["publish"] = absent;
  declareExchange = absent;
  deleteExchange = absent;
  declareQueue = absent;
  deleteQueue = absent;
  purgeQueue = absent;
  countQueue = absent;
  readExchanges = absent;
  readExchange = absent;
  readQueues = absent;
  readQueue = absent;
  readBindings = absent;
  bind = absent;
  unbind = absent;
  openReader: BrokerAdapter["openReader"] = absent;
  request: BrokerAdapter["request"] = absent;
  openStream = absent;

  async close(): Promise<void> {}
}

export class ScriptedTap implements Tap {
  readonly spec: TapSpec;
  readonly opened: Promise<Tap>;
  /** Resolves when the gateway has let go of it. */
  readonly closed: Promise<void>;
  readonly #listener: TapListener;
  isClosed = false;
  /** How often it was asked to make sure of its bindings. */
  confirmed = 0;
  #doubt: CodedError | undefined;
  #resolve: (tap: Tap) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #close: () => void = () => {};

  constructor(spec: TapSpec, listener: TapListener) {
    this.spec = spec;
    this.#listener = listener;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  goLive(since = new Date()): void {
    this.#listener.live(since);
    this.#resolve(this);
  }

  refuse(error: Error): void {
    this.#reject(error);
  }

  deliver(...messages: readonly IncomingMessage[]): void {
    for (const message of messages) this.#listener.delivery(message);
  }

  interrupt(why: CodedError): void {
    this.#listener.interrupted(why);
  }

  tellGap(gap: TapGap): void {
    this.#listener.gap(gap);
  }

  end(error: CodedError): void {
    this.#listener.ended(error);
  }

  /** Rejects with what {@link ScriptedTap.doubt} was given. */
  async confirm(): Promise<void> {
    this.confirmed++;
    if (this.#doubt) throw this.#doubt;
  }

  /** What the bindings are found to be from now on; undefined: all there. */
  doubt(why: CodedError | undefined): void {
    this.#doubt = why;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#close();
  }
}

function absent(): Promise<never> {
  return Promise.reject(notSupported("This", "a scripted broker has taps alone"));
}
