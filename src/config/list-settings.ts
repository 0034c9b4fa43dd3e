import { z } from "zod";

import { type Described, settingDetails } from "./setting.ts";

/** Texts in a list; written with commas between them. Left out: none. */
export function textList({
  expected,
  example,
  placeholder,
  each = z.string().min(1),
  ...described
}: Described & {
  expected: string;
  example: string;
  placeholder: string;
  each?: z.ZodType<string>;
}) {
  return z
    .array(each)
    .readonly()
    .default([])
    .register(settingDetails, {
      ...described,
      expected,
      example,
      shownDefault: "none",
      placeholder,
      read: (written) => written.split(",").map((one) => one.trim()),
    });
}
