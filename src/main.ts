#!/usr/bin/env node
// graphql-js looks, at each value, for a second copy of itself unless it is told that this is production: before it is imported.
process.env["NODE_ENV"] ??= "production";
const { runCommand } = await import("./cli/run-command.ts");

// A reader that went away (`rabbitql schema | head`) is no reason to fail.
process.stdout.on("error", () => {});

const code = await runCommand(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  process,
});
// Whatever is left open must not keep the process, but what was printed must arrive.
process.stdout.write("", () => process.exit(code));
