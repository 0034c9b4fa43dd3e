import { CodedError } from "../../errors.ts";
import type { StreamReader, StreamStart } from "../stream.ts";
import { noConnection } from "../broker-errors.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { firstKept } from "./attach-to-stream.ts";
import type { RabbitMqOptions } from "./options.ts";
import { RabbitMqStream } from "./rabbitmq-stream.ts";
import { SharedLooks } from "./shared-looks.ts";
import type { Supervisor } from "./supervisor.ts";

/** Everyone who reads a stream, on a connection of their own that is dialled when the first of them comes. */
export class Streams {
  readonly #supervisor: Supervisor<AmqpConnection>;
  readonly #options: RabbitMqOptions;
  readonly #readers = new Set<RabbitMqStream>();
  /** Many who read the same stream come upon the same hole at once. */
  readonly #firstKept = new SharedLooks<number>();

  constructor(supervisor: Supervisor<AmqpConnection>, options: RabbitMqOptions) {
    this.#supervisor = supervisor;
    this.#options = options;
  }

  async open(stream: string, start: StreamStart): Promise<StreamReader> {
    const { maxReplays } = this.#options;
    if (this.#readers.size >= maxReplays)
      throw new CodedError(
        "LIMIT_EXCEEDED",
        `${maxReplays} replays are running, which is the most; end one, or try again later`,
        { limit: "maxReplays" },
      );
    const reader: RabbitMqStream = new RabbitMqStream(stream, start, this.#options, {
      connection: () => this.#supervisor.connection,
      firstKept: () => this.#firstKept.at(stream, () => this.#lookForFirst(stream)),
      onClosed: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    try {
      await this.#supervisor.first();
      await reader.open();
    } catch (error) {
      await reader.close();
      throw error;
    }
    return reader;
  }

  /** There is a new connection. */
  restore(): void {
    for (const reader of this.#readers) reader.restore();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.end()));
  }

  async #lookForFirst(stream: string): Promise<number> {
    const { connection } = this.#supervisor;
    if (!connection) throw noConnection();
    return await firstKept(connection, stream);
  }
}
