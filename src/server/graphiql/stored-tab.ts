export interface StoredTab {
  readonly initialQuery?: string;
  readonly initialVariables?: string;
}

/**
 * What the tab held that was shown last, from what GraphiQL keeps under "graphiql:tabState". GraphiQL
 * has to be told: without a query to begin with, it adds an empty tab at every visit and shows that.
 *
 * Sent to the browser as the text of this function, like page-fetcher.ts.
 */
export function storedTab(tabState: string | null): StoredTab {
  try {
    const { tabs, activeTabIndex } = JSON.parse(tabState ?? "{}");
    const { query, variables } = tabs[activeTabIndex];
    return {
      ...(typeof query === "string" && { initialQuery: query }),
      ...(typeof variables === "string" && { initialVariables: variables }),
    };
  } catch {
    return {};
  }
}
