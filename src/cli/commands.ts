import type { Command } from "./command.ts";
import { WORKER_COMMAND } from "./workers/order.ts";

/** The command that a command line without one means. */
export const DEFAULT_COMMAND = "serve";

/** What `rabbitql` can do. Each loads its own code when it runs, so that `--help` does not wait for all of it. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    "serve",
    {
      summary: "Run the gateway; what rabbitql does without a command",
      run: async (args, surroundings) => {
        const { serve } = await import("./serve.ts");
        return serve(args, surroundings);
      },
    },
  ],
  [
    "schema",
    {
      summary: "Print the GraphQL schema",
      run: async (args, surroundings) => {
        const { writeSchema } = await import("./write-schema.ts");
        return writeSchema(args, surroundings);
      },
    },
  ],
  [
    "check-policy",
    {
      summary: "Say what is wrong with a policy file",
      run: async (args, surroundings) => {
        const { checkPolicy } = await import("./check-policy.ts");
        return checkPolicy(args, surroundings);
      },
    },
  ],
  [
    "explain",
    {
      summary: "Say what a policy allows whom, and which rule decides",
      run: async (args, surroundings) => {
        const { explainPolicy } = await import("./explain-policy.ts");
        return explainPolicy(args, surroundings);
      },
    },
  ],
  [
    "hash-key",
    {
      summary: "Make an API key, and what --api-keys-file has for it: rabbitql hash-key NAME",
      run: async (args, surroundings) => {
        const { hashKey } = await import("./hash-key.ts");
        return hashKey(args, surroundings);
      },
    },
  ],
  [
    WORKER_COMMAND,
    {
      run: async (_args, surroundings) => {
        const { worker } = await import("./workers/worker.ts");
        return worker(surroundings);
      },
    },
  ],
]);
