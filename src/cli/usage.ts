import { settingsHelp } from "../config/settings-help.ts";
import { COMMANDS } from "./commands.ts";

/** What `rabbitql --help` prints. */
export function usage(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const commands = [...COMMANDS].flatMap(([name, { summary }]) =>
    summary === undefined ? [] : [`  ${name.padEnd(width)}  ${summary}`],
  );
  return `GraphQL for RabbitMQ: publish to exchanges and subscribe to routing patterns from any GraphQL client.

Usage: rabbitql [command] [flags]

Commands:
${commands.join("\n")}

Flags, the environment variables that stand for them, and their defaults. A flag wins over its
variable. Sizes are bytes or such as 64KiB and 1MiB; times are milliseconds or such as 500ms, 10s and 5m.

${settingsHelp()}

Also:
  -h, --help     Print this
  -v, --version  Print the version

Exit codes: 0 stopped as asked, 1 could not start or failed.
`;
}
