import { CodedError } from "../../errors.ts";
import { publishRefused } from "../broker-errors.ts";
import type { OutgoingMessage } from "../message.ts";
import type { Deadlines, Timed } from "./deadlines.ts";

/** One publish, from its call to its outcome. The first outcome counts; later ones change nothing. */
export class PendingPublish implements Timed<PendingPublish> {
  /** Undefined once there is an outcome: what is still listed somewhere holds no body. */
  message: OutgoingMessage | undefined;
  readonly messageId: string;
  /** Of its body. */
  readonly bytes: number;
  /** Its place in the order in which publishes were asked for. */
  readonly place: number;
  readonly outcome: Promise<{ routed: boolean }>;
  /** Handed to the socket: from here on only the broker knows what becomes of it. */
  sent = false;
  /** The broker found no queue for it (AMQP 0-9-1 section 1.8.3.10, `basic.return`). */
  returned = false;
  deadlines: Deadlines<PendingPublish> | undefined = undefined;
  dueAt = 0;
  earlier: PendingPublish | undefined = undefined;
  later: PendingPublish | undefined = undefined;
  #resolve: (outcome: { routed: boolean }) => void = nobodyWaits;
  #reject: (error: CodedError) => void = nobodyWaits;

  constructor(message: OutgoingMessage, place: number) {
    this.message = message;
    this.messageId = message.properties.messageId;
    this.place = place;
    this.bytes = message.body.length;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Has it be late there unless there is an outcome before; replaces an earlier bound. */
  expireIn(deadlines: Deadlines<PendingPublish>): void {
    this.deadlines?.remove(this);
    deadlines.add(this);
  }

  confirmed(): void {
    this.#end();
    this.#resolve({ routed: !this.returned });
  }

  refused(): void {
    this.failed(publishRefused(this.messageId));
  }

  unknown(): void {
    this.failed(
      new CodedError(
        "CONFIRM_UNKNOWN",
        `Message "${this.messageId}" was sent, and the broker's confirm did not come: it may or may not have been taken`,
      ),
    );
  }

  failed(error: CodedError): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.deadlines?.remove(this);
    this.message = undefined;
  }
}

/** Until there is a promise; one for all of them. */
function nobodyWaits(): void {}
