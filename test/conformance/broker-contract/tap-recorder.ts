import type { TapGap, TapListener } from "../../../src/broker/adapter.ts";
import type { CodedError, ErrorCode } from "../../../src/errors.ts";
import type { IncomingMessage } from "../../../src/broker/message.ts";

/** What a tap told its listener, in order, with waits that end with the event that was waited for. */
export class TapRecorder implements TapListener {
  readonly calls: string[] = [];
  readonly messages: IncomingMessage[] = [];
  readonly gaps: TapGap[] = [];
  /** Why it was interrupted, each time that it was told. */
  readonly obstacles: ErrorCode[] = [];
  endedWith: (Error & { code: string }) | undefined;
  readonly #waiting = new Set<() => void>();

  live(): void {
    this.#record("live");
  }

  delivery(message: IncomingMessage): void {
    this.messages.push(message);
    this.#record("delivery");
  }

  interrupted(why: CodedError): void {
    this.obstacles.push(why.code);
    this.#record("interrupted");
  }

  gap(gap: TapGap): void {
    this.gaps.push(gap);
    this.#record("gap");
  }

  ended(error: Error & { code: string }): void {
    this.endedWith = error;
    this.#record("ended");
  }

  get routingKeys(): string[] {
    return this.messages.map((message) => message.routingKey);
  }

  get bodies(): string[] {
    return this.messages.map((message) => message.body.toString());
  }

  /** Resolves as soon as `done` is true; looked at again after every call of the tap. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async received(count: number): Promise<readonly IncomingMessage[]> {
    await this.until(() => this.messages.length >= count);
    return this.messages;
  }

  #record(call: string): void {
    this.calls.push(call);
    for (const look of this.#waiting) look();
  }
}
