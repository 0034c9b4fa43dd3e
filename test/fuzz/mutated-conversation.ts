import type { Random } from "../harness/random.ts";
import { conversation, type ClientMessage } from "./conversation.ts";
import { bytesOf, mutatedFrame, textFrame, type Frame } from "./frames.ts";
import { mutated } from "./odd-values.ts";

/** What goes over one socket: frames that are nearly right. */
export interface MutatedConversation {
  readonly frames: number;
  readonly bytes: Buffer;
}

/** A right conversation with a few of its messages, its order and its frames changed; one in ten is left as it is. */
export function mutatedConversation(random: Random): MutatedConversation {
  const messages: readonly unknown[] = random.chance(0.6)
    ? mutatedMessages(conversation(random), random)
    : conversation(random);
  const isFramedWrong = random.chance(0.5);
  const frames = messages.flatMap((message): readonly Frame[] => {
    const frame = textFrame(Buffer.from(textOf(message, random)));
    return isFramedWrong && random.chance(0.3) ? mutatedFrame(frame, random) : [frame];
  });
  return {
    frames: frames.length,
    bytes: Buffer.concat(frames.map((frame) => bytesOf(frame, random))),
  };
}

function mutatedMessages(messages: readonly ClientMessage[], random: Random): unknown[] {
  const changed: unknown[] = [...messages];
  for (let left = random.between(1, 3); left > 0; left--) {
    const place = random.between(0, changed.length - 1);
    const message = changed[place];
    random.pick([
      () => changed.splice(place, 1),
      () => changed.splice(place, 0, message),
      () => changed.splice(place, 1, mutated(message, random)),
      () => changed.splice(place, 1, mutated(message, random)),
      () => changed.unshift(...changed.splice(place, 1)),
    ])();
    if (changed.length === 0) break;
  }
  return changed;
}

/** Nearly always JSON. */
function textOf(message: unknown, random: Random): string {
  const text = JSON.stringify(message) ?? "";
  if (!random.chance(0.05)) return text;
  const at = random.between(0, text.length);
  return random.pick([
    text.slice(0, at),
    `${text}${text}`,
    `${text.slice(0, at)}\\${text.slice(at)}`,
  ]);
}
