import { LIVE_MARK, START_MARK } from "../wire/bench-message.ts";
import type { Connection, Listener } from "./connection.ts";
import type { Conversation } from "./conversation.ts";
import { subscriberOf, type SubscriberOptions } from "./subscribers.ts";

/** How far a subscriber has come. The last two are told by messages that hold a mark. */
export type Stage = "opening" | "asked" | "live" | "counting";

export interface SubscriberListener {
  reached(stage: Stage): void;
  counted(messages: number): void;
  failed(why: Error): void;
}

/** One subscriber with one subscription: it asks, becomes live, and then counts messages. */
export class Subscriber {
  stage: Stage = "opening";
  /** Messages since it began to count. */
  count = 0;
  readonly connection: Connection;
  readonly #conversation: Conversation;
  readonly #listener: SubscriberListener;

  constructor(options: SubscriberOptions, listener: SubscriberListener) {
    this.#listener = listener;
    const { connection, conversation } = subscriberOf(options, this.#heard());
    this.connection = connection;
    this.#conversation = conversation;
  }

  #heard(): Listener {
    return {
      opened: () => {
        if (this.#conversation.first === undefined) this.#reach("asked");
        else this.connection.send(this.#conversation.first);
      },
      text: (text) => this.#read(text),
      counted: (messages) => {
        this.count += messages;
        this.#listener.counted(messages);
      },
      failed: (why) => this.#listener.failed(why),
    };
  }

  #read(text: string): void {
    if (this.#conversation.isFailure(text)) {
      this.#listener.failed(new Error(`a subscriber was told ${text.slice(0, 500)}`));
      return;
    }
    if (this.stage === "opening") {
      const question = this.#conversation.ask(text);
      if (question === undefined) return;
      this.connection.send(question);
      this.#reach("asked");
    } else if (text.includes(START_MARK)) {
      this.connection.count();
      this.#reach("counting");
    } else if (this.stage === "asked" && text.includes(LIVE_MARK)) this.#reach("live");
  }

  #reach(stage: Stage): void {
    this.stage = stage;
    this.#listener.reached(stage);
  }
}
