import type { ReplayedMessage } from "../replay/replayed-message.ts";
import type { ReplayFrom, Replays } from "../replay/replays.ts";
import { whileHeld } from "./hold.ts";
import type { Permissions } from "./permissions.ts";

/** What of the replays whoever acts for a caller can reach; it is guarded below. */
export type ReplaysAccess = Pick<Replays, "open">;

/** Streams as far as one caller may read them. */
export class GuardedReplays implements ReplaysAccess {
  readonly #replays: ReplaysAccess;
  readonly #permissions: Permissions;

  constructor(replays: ReplaysAccess, permissions: Permissions) {
    this.#replays = replays;
    this.#permissions = permissions;
  }

  async open(stream: string, from: ReplayFrom): Promise<AsyncIterableIterator<ReplayedMessage>> {
    const hold = this.#permissions.hold(() => this.#permissions.queue("read", stream, "consume"));
    try {
      return whileHeld(await this.#replays.open(stream, from), hold);
    } catch (error) {
      hold.release();
      throw error;
    }
  }
}
