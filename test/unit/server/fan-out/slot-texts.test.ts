import * as fc from "fast-check";
import { expect, test } from "vitest";
import { templateOf } from "../../../../src/server/fan-out/frame-batch.ts";
import { SlotTexts } from "../../../../src/server/fan-out/slot-texts.ts";

/** Texts of as many bytes as the first, whatever they are. */
const alike = fc
  .oneof(
    fc.uuid(),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 40 }),
  )
  .chain((text) => {
    const { length } = Buffer.from(text);
    const ascii = fc.string({ unit: "binary-ascii", minLength: length, maxLength: length });
    return fc.array(ascii, { maxLength: 20 }).map((others) => [text, ...others]);
  });

test("each stands in every slot byte by byte, and nowhere else, also at a place that was another's", () => {
  fc.assert(
    fc.property(
      alike,
      fc.array(fc.nat({ max: 9 }), { maxLength: 5 }),
      fc.nat(),
      fc.nat(),
      (given, gaps, from, to) => {
        const expected: Buffer[] = given.map((text) => Buffer.from(text));
        const length = expected[0]?.length ?? 0;
        const texts = new SlotTexts(length);
        for (const [place, text] of expected.entries()) texts.set(place, text);
        const moved = expected[from % expected.length] ?? Buffer.alloc(0);
        texts.set(to % expected.length, moved);
        expected[to % expected.length] = moved;
        for (const [place, text] of expected.entries()) {
          const pieces = gaps.flatMap((gap) => [Buffer.alloc(gap, "."), text]);
          const slots = gaps.map((_, slot) =>
            gaps.slice(0, slot + 1).reduce((sum, gap) => sum + gap, slot * length),
          );
          const whole = Buffer.concat([...pieces, Buffer.from("...")]);
          const bytes = Buffer.alloc(whole.length, ".");
          texts.writeTo(place, templateOf(bytes, slots));
          expect(bytes.equals(whole)).toBe(true);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
