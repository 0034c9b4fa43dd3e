import { expect, test } from "vitest";
import { redriven } from "../../../src/work/redriven-message.ts";
import { TestMessage } from "../../harness/test-message.ts";

test("a message whose headers cannot be read is not redriven without them", () => {
  expect(redriven(new TestMessage({ body: "order" }), "guest").body.toString()).toBe("order");
  const message = Object.assign(new TestMessage(), { hasUnreadableHeaders: true });
  expect(() => redriven(message, "guest")).toThrow(
    expect.objectContaining({ code: "NOT_SUPPORTED" }),
  );
});
