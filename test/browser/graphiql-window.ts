import type { BrowserContext, Locator, Page } from "playwright-core";

/** GraphiQL in a window of its own, as somebody with a mouse sees it. */
export interface GraphiqlWindow {
  readonly page: Page;
  /** Shows the tab of the operation of that name. */
  show(operation: string): Promise<void>;
  /** Resolves when the tab of the operation of that name is shown. */
  shown(operation: string): Promise<void>;
  /** Presses the button that executes what the tab shows, or stops it. */
  press(): Promise<void>;
  /** Resolves when the response of the tab has a line with `text`. */
  shows(text: string): Promise<void>;
  /** The response that the tab shows, without its white space. */
  response(): Promise<string>;
  /** The names on the tabs. */
  tabs(): Promise<string[]>;
}

export async function openGraphiql(
  context: BrowserContext,
  endpoint: string,
): Promise<GraphiqlWindow> {
  const page = await context.newPage();
  await page.goto(endpoint);
  const response = page.locator(".graphiql-response");
  const tabs = page.locator(".graphiql-tab-button");
  const button = page.locator(".graphiql-execute-button");
  const shown = (operation: string) =>
    line(page.locator(".graphiql-query-editor"), ` ${operation} {`).waitFor();
  await shown("StartHere");
  return {
    page,
    async show(operation) {
      await tabs.getByText(operation, { exact: true }).click();
      await shown(operation);
    },
    shown,
    press: () => button.click(),
    shows: (text) => line(response, text).waitFor(),
    response: async () => (await response.innerText()).replaceAll(/\s/g, ""),
    tabs: () => tabs.allInnerTexts(),
  };
}

function line(editor: Locator, text: string): Locator {
  return editor.locator(".view-line", { hasText: text }).first();
}
