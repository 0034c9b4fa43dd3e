/** What a subscriber's connection tells. */
export interface Listener {
  /** The connection is open, and what the protocol wants said first may be said. */
  opened(): void;
  /** A piece of text has come; told until `count` is called. */
  text(text: string): void;
  /** So many messages have come; told once `count` has been called. */
  counted(messages: number): void;
  failed(why: Error): void;
}

/** A subscriber's connection, of whichever transport. */
export interface Connection {
  send(text: string): void;
  /** From now on messages are counted, and nothing else is looked at. */
  count(): void;
  /** Resumes or stops reading, as a client does that is too slow. */
  pause(): void;
  resume(): void;
  /** Cuts the connection, so that no port is kept waiting. No failure is told any more. */
  close(): void;
}
