import {
  BASIC_ACK,
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

/** The payload of a `basic.ack`: the method, a delivery tag and a bit. */
const ACK_BYTES = 13;

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
    if (type === FRAME_METHOD) {
      if (end - start === ACK_BYTES && bytes.readUInt32BE(start) === BASIC_ACK) {
        const tag = bytes.readUInt32BE(start + 4) * 0x1_0000_0000 + bytes.readUInt32BE(start + 8);
        this.#channels.at(channel).acknowledged(tag, (bytes.readUInt8(start + 12) & 1) === 1, true);
        return;
      }
      const fields = new WireReader(bytes, start, end);
      const method = fields.long();
      if (channel === 0) this.#control.method(method, fields);
      else this.#channels.at(channel).method(method, fields);
    } else if (type === FRAME_HEADER)
      this.#channels.at(channel).header(new WireReader(bytes, start, end));
    else if (type === FRAME_BODY) this.#channels.at(channel).body(end - start);
    else if (type !== FRAME_HEARTBEAT)
      throw new ProtocolError(`A frame of an unknown type, ${type}`, SYNTAX_ERROR);
  };
}
