import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";

describe("eventually", () => {
  test("resolves with what the assertion returns once it holds", async () => {
    let attempts = 0;
    const result = await eventually(
      () => {
        attempts += 1;
        expect(attempts).toBe(3);
        return "held";
      },
      { intervalMs: 1 },
    );
    expect(result).toBe("held");
  });

  test("rejects with the last failure when time is up", async () => {
    let attempts = 0;
    const failing = eventually(
      () => {
        attempts += 1;
        throw new Error(`attempt ${attempts}`);
      },
      { timeoutMs: 30, intervalMs: 1 },
    );
    await expect(failing).rejects.toThrow(/^attempt \d+$/);
    expect(attempts).toBeGreaterThan(1);
  });

  test("stops trying when it is told to", async () => {
    const controller = new AbortController();
    const failing = eventually(
      () => {
        controller.abort();
        throw new Error("not yet");
      },
      { signal: controller.signal, timeoutMs: 60_000 },
    );
    await expect(failing).rejects.toThrow("aborted");
  });
});
