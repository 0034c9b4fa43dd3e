import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SlotText } from "../../../../src/server/fan-out/slot-text.ts";

test("stands in every slot byte by byte, and nowhere else, whatever the text", () => {
  const texts = fc.oneof(
    fc.uuid(),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 40 }),
  );
  fc.assert(
    fc.property(texts, fc.array(fc.nat({ max: 9 }), { maxLength: 5 }), (text, gaps) => {
      const slot = new SlotText(text);
      const pieces: Buffer[] = [];
      const slots: number[] = [];
      let size = 0;
      for (const gap of gaps) {
        slots.push(size + gap);
        pieces.push(Buffer.alloc(gap, "."), Buffer.from(text));
        size += gap + slot.length;
      }
      const bytes = Buffer.alloc(size + 3, ".");
      slot.writeTo(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), slots);
      expect(bytes.equals(Buffer.concat([...pieces, Buffer.from("...")]))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
