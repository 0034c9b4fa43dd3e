import { Unauthenticated } from "./unauthenticated.ts";

/** What `answer` is, where that is known within `timeoutMs`; otherwise rejects. Whatever becomes of it later is nobody's concern. */
export async function within<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Unauthenticated("overdue", "Authentication took too long; try again"));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
