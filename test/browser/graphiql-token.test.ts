import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { CodedError } from "../../src/errors.ts";
import { createGateway, type Gateway } from "../../src/gateway.ts";
import { openGraphiql, type GraphiqlWindow } from "./graphiql-window.ts";
import { launchChromium, watchedContext } from "./offline-browser.ts";

let browser: Browser;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  browser = await launchChromium();
  gateway = createGateway({
    port: 0,
    logLevel: "silent",
    authenticate: ({ headers, connectionParams }) => {
      const shown = connectionParams?.["Authorization"] ?? headers.authorization;
      if (shown !== "Bearer ada")
        throw new CodedError("UNAUTHENTICATED", "Nobody knows that token");
      return { id: "ada" };
    },
  });
  ({ url } = await gateway.listen());
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
});

test("a token that is entered as a header is sent with everything, from every tab", async () => {
  const { context } = await watchedContext(browser, url);
  const window = await openGraphiql(context, `${url}/graphql`);
  await window.press();
  await window.shows("Nobody knows that token");
  await enterHeaders(window, { Authorization: "Bearer ada" });
  await window.press();
  await window.shows('"kind": "EMBEDDED"');
  await window.show("TopicSubscribe");
  await window.press();
  await window.shows('"__typename": "Live"');
  await window.show("TopicPublish");
  await window.press();
  await window.shows('"routed": true');
  expect(await window.response()).toContain('"routed":true');
  await context.close();
});

test("a subscription that is not let in says why, and is not tried again", async () => {
  const { context, requests } = await watchedContext(browser, url);
  const window = await openGraphiql(context, `${url}/graphql`);
  await window.show("TopicSubscribe");
  await window.press();
  await window.shows("4403");
  const response = await window.response();
  expect(response).toContain("closed(4403,Nobodyknowsthattoken).");
  expect(response).not.toContain("Tryingagain");
  expect(requests.filter((request) => request.startsWith("WS"))).toHaveLength(1);
  await context.close();
});

/** As somebody does who opens the editor below the operation, and pastes. */
async function enterHeaders({ page }: GraphiqlWindow, headers: object): Promise<void> {
  const tools = page.locator(".graphiql-editor-tools");
  await tools.getByRole("button", { name: "Headers" }).click();
  await page.locator(".graphiql-editor-tool .monaco-editor:visible").first().click();
  await page.keyboard.insertText(JSON.stringify(headers));
}
