import type { Redriven } from "../../work/dead-letters.ts";
import { builder } from "../builder.ts";
import { SOURCE_ALONE } from "../source-alone.ts";

export const RedriveObject = builder.objectRef<Redriven>("Redrive").implement({
  description: "What became of a queue's dead letters.",
  extensions: SOURCE_ALONE,
  fields: (t) => ({
    moved: t.exposeInt("moved", { description: "Messages that are in their queue again." }),
    remaining: t.exposeInt("remaining", {
      description: "Messages that are left in the queue that they were moved from.",
    }),
  }),
});
