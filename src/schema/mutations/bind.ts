import { builder } from "../builder.ts";
import { binding, BindingInput } from "../inputs/binding-input.ts";
import { BindingType } from "../types/binding.ts";

builder.mutationField("bind", (t) =>
  t.field({
    type: BindingType,
    description:
      "Binds a queue or an exchange to an exchange; the same binding twice is one. Errors: NOT_FOUND (source or destination).",
    args: { input: t.arg({ type: BindingInput, description: "The binding to be there." }) },
    resolve: async (_root, { input }, { broker }) => {
      const wanted = binding(input);
      await broker.bind(wanted);
      return wanted;
    },
  }),
);
