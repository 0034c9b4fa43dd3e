import { expect, test } from "vitest";
import { qualityList } from "../../../../src/server/graphiql/quality-list.ts";

test.for([
  [undefined, {}],
  ["", {}],
  ["text/html", { "text/html": 1 }],
  ["Text/HTML, */*;q=0.8", { "text/html": 1, "*/*": 0.8 }],
  ["text/html; charset=utf-8; q=0.5", { "text/html": 0.5 }],
  ["gzip;q=0, br", { gzip: 0, br: 1 }],
  ["br;q=high", { br: 0 }],
] as const)("%s is read as %o", ([header, expected]) => {
  expect(Object.fromEntries(qualityList(header))).toEqual(expected);
});
