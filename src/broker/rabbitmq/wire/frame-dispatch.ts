import {
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  SYNTAX_ERROR,
} from "./amqp-constants.ts";
import type { ChannelTable } from "./channel-table.ts";
import type { ControlChannel } from "./control-channel.ts";
import { ProtocolError } from "./wire-errors.ts";
import { WireReader } from "./wire-reader.ts";

/** The number of the method in front of its fields. */
const METHOD_BYTES = 4;

/** Gives each frame to the channel it is for. */
export class FrameDispatch {
  /** The connection has ended: what else was read matters to nobody. */
  over = false;
  readonly #control: ControlChannel;
  readonly #channels: ChannelTable;

  constructor(control: ControlChannel, channels: ChannelTable) {
    this.#control = control;
    this.#channels = channels;
  }

  /** Throws {@link ProtocolError} at a frame that is out of place. */
  readonly frame = (
    type: number,
    channel: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void => {
    if (this.over) return;
    if (type === FRAME_METHOD) this.#method(channel, bytes, start, end);
    else if (type === FRAME_HEADER) this.#channels.at(channel)?.header(bytes, start, end);
    else if (type === FRAME_BODY) this.#channels.at(channel)?.body(bytes, start, end);
    else if (type !== FRAME_HEARTBEAT)
      throw new ProtocolError(`A frame of an unknown type, ${type}`, SYNTAX_ERROR);
  };

  #method(channel: number, bytes: Buffer, start: number, end: number): void {
    const fields = start + METHOD_BYTES;
    if (fields > end) throw new ProtocolError("A frame ends before its fields do", SYNTAX_ERROR);
    const method = bytes.readUInt32BE(start);
    if (channel === 0) this.#control.method(method, new WireReader(bytes, fields, end));
    else this.#channels.at(channel)?.method(method, bytes, fields, end);
  }
}
