import { ConfigError } from "../config/config-error.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import { toError } from "../errors.ts";
import { maskSecrets } from "../telemetry/mask-secrets.ts";
import { VERSION } from "../version.ts";
import type { Surroundings } from "./command.ts";
import { COMMANDS, DEFAULT_COMMAND } from "./commands.ts";
import { usage } from "./usage.ts";

/** Runs a command line (without the program's name) and resolves to the exit code; never rejects. */
export async function runCommand(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) return say(surroundings, usage());
  if (argv.includes("--version") || argv.includes("-v")) return say(surroundings, `${VERSION}\n`);

  const [first = ""] = argv;
  const named = first !== "" && !first.startsWith("-");
  const command = COMMANDS.get(named ? first : DEFAULT_COMMAND);
  if (!command) {
    const suggestion = didYouMean(first, COMMANDS.keys());
    return fail(surroundings, `no such command: ${first}${suggestion} (see rabbitql --help)`);
  }
  try {
    return await command.run(named ? argv.slice(1) : argv, surroundings);
  } catch (thrown) {
    const { message } = toError(thrown);
    return fail(
      surroundings,
      thrown instanceof ConfigError ? `${message}\nSee rabbitql --help.` : message,
    );
  }
}

function say({ stdout }: Surroundings, text: string): number {
  stdout.write(text);
  return 0;
}

function fail({ stderr }: Surroundings, message: string): number {
  stderr.write(`rabbitql: ${maskSecrets(message)}\n`);
  return 1;
}
