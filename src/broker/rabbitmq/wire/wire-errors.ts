import { FRAME_ERROR } from "./amqp-constants.ts";

/** What the peer sent is not AMQP 0-9-1 as agreed upon: the connection cannot go on. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** With which the connection is closed (section 1.2). Not called `code`: the broker did not say it. */
  readonly closeCode: number;

  constructor(message: string, closeCode = FRAME_ERROR) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** What answered the dial did not shake hands as an AMQP 0-9-1 broker does. */
export class NotAmqp extends Error {
  override readonly name = "NotAmqp";
}

/** The broker closed a channel or the connection, and said why. */
export class ClosedByBroker extends Error {
  override readonly name = "ClosedByBroker";
  /** Section 1.2. */
  readonly code: number;

  constructor(what: "channel" | "connection", code: number, text: string) {
    super(`The broker closed the ${what}: ${code}, "${text}"`);
    this.code = code;
  }
}

/** The connection ended, for the reason in `cause`, while something on it was under way. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";

  constructor(cause: Error) {
    super(`The connection has ended: ${cause.message}`, { cause });
  }
}

/** A channel was asked for something, or was to be, and is closed: by whom and why, others were told. */
export class ChannelOver extends Error {
  override readonly name = "ChannelOver";

  constructor() {
    super("The channel is closed");
  }
}

/** Both sides have agreed upon so many channels, and all are open. */
export class NoChannelLeft extends Error {
  override readonly name = "NoChannelLeft";

  constructor(most: number) {
    super(`All ${most} channels are in use`);
  }
}
