/**
 * What `work` returns, or throws. Errors that it makes have no stack, which takes several times as long to make as
 * the rest of them and which nobody is told: they are of a document, and of no place in this program.
 */
export function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
