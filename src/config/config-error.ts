/** One setting that is wrong: the name it was given under, its value where it may be shown, and what would be right. */
export interface ConfigProblem {
  readonly setting: string;
  readonly value?: string;
  readonly problem: string;
}

/** Every setting that is wrong, at once. Its message has a line for each; no secret is in it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? "1 setting is" : `${problems.length} settings are`;
    super([`${count} wrong:`, ...problems.map(line)].join("\n"));
    this.problems = problems;
  }
}

function line({ setting, value, problem }: ConfigProblem): string {
  return `  ${setting}${value === undefined ? "" : ` ${JSON.stringify(value)}`}: ${problem}`;
}
