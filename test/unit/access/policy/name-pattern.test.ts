import { expect, test } from "vitest";
import { NamePattern } from "../../../../src/access/policy/name-pattern.ts";

test.each([
  ["orders", ["orders"], ["order", "orders2", "orders.eu", ""]],
  ["orders.*", ["orders.eu", "orders."], ["orders", "orders.eu.secret"]],
  ["orders.#", ["orders", "orders.eu", "orders.eu.secret"], ["orders2", "a.orders"]],
  ["work-*", ["work-", "work-1", "work-a-b"], ["work", "work-1.dead", "homework-1"]],
  ["*-work-*.q", ["a-work-b.q", "-work-.q", "x-work-work-y.q"], ["a-work.q", "a-work-b.q.r"]],
  ["#", ["", "a", "a.b"], ["amq.topic", "amq.gen-1", "gql.one.two"]],
  ["*.topic", ["a.topic"], ["amq.topic"]],
  ["amq.*", ["amq.topic"], ["amq.rabbitmq.trace", "gql.a", "b.topic"]],
  ["amq.rabbitmq.reply-to.#", ["amq.rabbitmq.reply-to.g1.key"], ["amq.rabbitmq.trace"]],
  ["a+(b|c)?[d]", ["a+(b|c)?[d]"], ["ab", "aab"]],
])("%s", (pattern, names, others) => {
  const matches = (name: string) => new NamePattern(pattern).matches(name);
  expect(names.filter(matches)).toEqual(names);
  expect(others.filter(matches)).toEqual([]);
});

test("a pattern that was made to take long does not", () => {
  const pattern = new NamePattern(`${"*a".repeat(120)}b`);
  const startedAt = performance.now();
  expect(pattern.matches("a".repeat(255))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(100);
});
