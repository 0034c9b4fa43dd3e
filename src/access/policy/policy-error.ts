/** One thing that is wrong in a policy file. */
export interface PolicyProblem {
  /** Where, as in `rules[2].grants[0].keys`; "" where that is said in the message. */
  readonly path: string;
  readonly message: string;
}

/** Everything that is wrong with a policy file, with a line for each. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("\n"));
    this.problems = problems;
  }
}
