import type { SubscribePayload } from "graphql-ws";
import type { WebSocketOutlet } from "./fan-out/outlet.ts";

/** An operation's place on its socket. */
export class Place {
  readonly payload: SubscribePayload;
  /** Whether the id still means this operation: a client may use it again as soon as it has completed it. */
  isCurrent = true;
  /** Where its responses go past the protocol, if they do. */
  outlet?: WebSocketOutlet;

  constructor(payload: SubscribePayload) {
    this.payload = payload;
  }
}

/** The latest operation of each id on one socket. */
export class Places {
  readonly #places = new Map<string, Place>();

  /** Operations that run; those too that their client has completed, until they are over. */
  get size(): number {
    return this.#places.size;
  }

  take(id: string, payload: SubscribePayload): Place {
    const before = this.#places.get(id);
    if (before) giveUp(before);
    const place = new Place(payload);
    this.#places.set(id, place);
    return place;
  }

  /** The operation is over; nothing where its id means another one by now. */
  leave(id: string, payload: SubscribePayload): void {
    const place = this.#places.get(id);
    if (place?.payload !== payload) return;
    this.#places.delete(id);
    giveUp(place);
  }

  /** The socket's last frame is about to be sent: nothing may go past the protocol any more. */
  close(): void {
    for (const { outlet } of this.#places.values()) outlet?.close();
  }
}

function giveUp(place: Place): void {
  place.isCurrent = false;
  place.outlet?.close();
}
