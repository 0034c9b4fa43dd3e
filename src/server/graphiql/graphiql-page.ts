import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, dirname } from "node:path";
import type { ExampleOperation } from "./example-operations.ts";
import { PAGE_FETCHER_SCRIPT } from "./page-fetcher.ts";
import { storedTab } from "./stored-tab.ts";

export interface GraphiqlPage {
  /** About 9 MB: everything the page needs is in it. */
  readonly html: string;
  /** What the page may do, as a Content-Security-Policy: nothing outside its own origin. */
  readonly contentSecurityPolicy: string;
}

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28" fill="#f60">' +
  '<rect x="7" y="2" width="6" height="18" rx="3"/><rect x="19" y="2" width="6" height="18" rx="3"/>' +
  '<rect x="4" y="14" width="24" height="16" rx="7"/><circle cx="21.5" cy="21" r="2" fill="#fff"/></svg>';

// GraphiQL 5 can no longer tell where its tabs are once their row has been resized, and moves one from
// under the pointer at the first click on it. So tabs are not draggable here, and stay where they are.
const STYLE = `
.graphiql-tab { transform: none !important; }
.graphiql-tabs { flex-wrap: wrap; row-gap: 4px; }
.graphiql-container .graphiql-session-header { height: auto; align-items: start; }
.graphiql-container #graphiql-session { min-height: 0; }
`;

/**
 * GraphiQL as one page that needs no other host, with `tabs` on a first visit. Its operations go to
 * the address it was loaded from, which keeps it right behind a proxy that changes host or path.
 */
export async function graphiqlPage(options: {
  readonly tabs: readonly ExampleOperation[];
}): Promise<GraphiqlPage> {
  // Loaded here and not at start: 9 MB of source that only a browser asks for.
  const [graphiql, graphqlWs] = await Promise.all([
    import("@graphql-yoga/render-graphiql/graphiql"),
    readFile(browserBundleOfGraphqlWs(), "utf8"),
  ]);
  const workers = {
    editorWorkerService: graphiql.editorWorkerService,
    json: graphiql.jsonWorker,
    graphql: graphiql.graphqlWorker,
  };
  const props = {
    title: "rabbitql",
    logo: LOGO,
    defaultTabs: options.tabs,
    defaultEditorToolsVisibility: false,
    shouldPersistHeaders: false,
  };
  const script = `
const __name = (named) => named; // tsx puts calls of it into functions
const workers = ${inScript(workers)};
self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_, label) => URL.createObjectURL(new Blob([workers[label]], { type: "text/javascript" })),
};
${graphqlWs}
${graphiql.js}
${PAGE_FETCHER_SCRIPT}
${storedTab.toString()}
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest(".graphiql-tab")) event.stopPropagation();
}, true);
YogaGraphiQL.renderYogaGraphiQL(document.querySelector("#root"), {
  ...${inScript(props)},
  ...(new URLSearchParams(location.search).has("query") ? {} : storedTab(localStorage.getItem("graphiql:tabState"))),
  ...createPageFetcher({
    endpoint: location.origin + location.pathname,
    createClient: graphqlWs.createClient,
    execute: () => document.querySelector(".graphiql-execute-button")?.click(),
  }),
  onEditQuery() {}, // or else the document would go into the address, and a long one be refused there
});
`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>GraphiQL · rabbitql</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(LOGO)}">
<style>${graphiql.css}${STYLE}</style>
</head>
<body id="body" class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
<script>${script}</script>
</body>
</html>
`;
  return { html, contentSecurityPolicy: contentSecurityPolicy(script) };
}

function contentSecurityPolicy(script: string): string {
  return [
    "default-src 'none'",
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
    "worker-src blob:",
    "style-src 'unsafe-inline'", // Monaco writes its styles as it goes
    "img-src data:",
    "font-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function browserBundleOfGraphqlWs(): string {
  const manifest = createRequire(import.meta.url).resolve("graphql-ws/package.json");
  return join(dirname(manifest), "umd", "graphql-ws.min.js");
}

function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
