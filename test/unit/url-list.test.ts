import { expect, test } from "vitest";
import { urlsIn } from "../../src/url-list.ts";

test.each([
  ["amqp://a", ["amqp://a"]],
  ["amqp://a,amqps://b", ["amqp://a", "amqps://b"]],
  ["amqp://a/v, amqp://b/v,  HTTP://c", ["amqp://a/v", "amqp://b/v", "HTTP://c"]],
  ["amqp://u:p,w@a/v,w", ["amqp://u:p,w@a/v,w"]],
  ["amqp://a,b", ["amqp://a,b"]],
  ["", [""]],
])("%j", (text, urls) => {
  expect(urlsIn(text)).toEqual(urls);
});
