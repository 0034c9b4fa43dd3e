import type { Send } from "./publish-clients.ts";

/** Sends again and again, the next when the last is answered, until `stop`. Rejects where `answered` throws. */
export async function keepSending(
  send: Send,
  stop: AbortSignal,
  answered: (answer: string, latencyMs: number) => void,
): Promise<void> {
  while (!stop.aborted) {
    const start = performance.now();
    const answer = await send();
    answered(answer, performance.now() - start);
  }
}
