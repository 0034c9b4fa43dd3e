import { expect, test } from "vitest";
import { storedTab } from "../../../../src/server/graphiql/stored-tab.ts";

const tabs = [
  { query: "query A { a }", variables: null },
  { query: "query B { b }", variables: '{"b":1}' },
  { query: null, variables: null },
];

test.for([
  ["the tab shown last", { tabs, activeTabIndex: 0 }, { initialQuery: "query A { a }" }],
  [
    "its variables",
    { tabs, activeTabIndex: 1 },
    { initialQuery: "query B { b }", initialVariables: '{"b":1}' },
  ],
  ["nothing for an empty tab", { tabs, activeTabIndex: 2 }, {}],
  ["nothing for a tab that is not there", { tabs, activeTabIndex: 3 }, {}],
  ["nothing for what GraphiQL never kept", ["?"], {}],
] as const)("finds %s", ([, state, expected]) => {
  expect(storedTab(JSON.stringify(state))).toEqual(expected);
});

test.for([null, "", "{"])("finds nothing in %o", (tabState) => {
  expect(storedTab(tabState)).toEqual({});
});
