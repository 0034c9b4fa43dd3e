import { builder } from "../builder.ts";
import { binding, BindingInput } from "../inputs/binding-input.ts";

builder.mutationField("unbind", (t) =>
  t.boolean({
    description: "Takes a binding away; true also where there was none.",
    args: {
      input: t.arg({
        type: BindingInput,
        description: "The binding that is no longer to be there.",
      }),
    },
    resolve: async (_root, { input }, { broker }) => {
      await broker.unbind(binding(input));
      return true;
    },
  }),
);
