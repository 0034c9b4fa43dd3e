import { expect } from "vitest";

/** What a client must never read, unless it said it itself: hosts, users, queues of ours, code. */
const INTERNAL = [
  /127\.0\.0\.1|localhost/,
  /guest/,
  /rabbitql-test/,
  /\bgql\.[\w-]+\./,
  /amqps?:\/\//,
  /amqplib|node_modules|graphql-js/i,
  /\.(?:ts|js):\d/,
  /\bat \S+ \(/,
  /"http":/,
  /vhost|NOT_FOUND - |ACCESS_REFUSED - /,
];

export function expectNothingInternal(texts: readonly string[]): void {
  for (const text of texts) for (const internal of INTERNAL) expect(text).not.toMatch(internal);
}
