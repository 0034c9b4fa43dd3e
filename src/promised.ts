import { toError } from "./errors.ts";

/**
 * What `work` promises; what it throws at once rejects. For the hot path, in place of `async`: nothing of a call is
 * kept until its promise is settled, which the garbage collector would otherwise copy for each message on its way.
 */
export function promised<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(toError(error));
  }
}
