import { builder } from "../builder.ts";

builder.mutationField("deleteExchange", (t) =>
  t.boolean({
    description:
      "Deletes an exchange and its bindings; false where there was none. Errors: PRECONDITION_FAILED (`ifUnused`, and it has bindings), FORBIDDEN (one of the broker's own).",
    args: {
      name: t.arg.string({ description: "The exchange to delete." }),
      ifUnused: t.arg.boolean({
        defaultValue: false,
        description: "Only where it has no bindings.",
      }),
    },
    resolve: (_root, { name, ifUnused }, { broker }) =>
      broker.deleteExchange(name, { ifUnused: ifUnused ?? false }),
  }),
);
