/** Prints what a fault's test has measured; docs/faults.md has it from here. */
export function measured(fault: string, what: string): void {
  process.stdout.write(`fault ${fault}: ${what}\n`);
}

/** The longer of two forms: with FAULTS=long a test does what the fault's own line says. */
export function shortOrLong<T>(short: T, long: T): T {
  return process.env["FAULTS"] === "long" ? long : short;
}
