import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { findChromium } from "../harness/chromium.ts";

/** A Chromium that finds no host but this one. Closed with `close`. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}

export interface WatchedContext {
  readonly context: BrowserContext;
  /** What went to the gateway: method or `WS`, and the path. */
  readonly requests: readonly string[];
  /** What a page would have asked another host for. None of it leaves. */
  readonly strayed: readonly string[];
  /** What went wrong on a page, as its console and its scripts say. */
  readonly complaints: readonly string[];
}

/** A profile without a past, in which nothing but `origin` can be reached and all that is asked for is noted. */
export async function watchedContext(browser: Browser, origin: string): Promise<WatchedContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const requests: string[] = [];
  const strayed: string[] = [];
  const complaints: string[] = [];
  const { host } = new URL(origin);

  const note = (kind: string, address: string) => {
    const url = new URL(address);
    if (["blob:", "data:"].includes(url.protocol)) return;
    if (url.host === host) requests.push(`${kind} ${url.pathname}`);
    else strayed.push(`${kind} ${address}`);
  };
  context.on("request", (request) => note(request.method(), request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => note("WS", socket.url())));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  context.on("weberror", (webError) => complaints.push(String(webError.error())));
  await context.route(
    (url) => url.host !== host && url.protocol.startsWith("http"),
    (route) => route.abort("internetdisconnected"),
  );
  return { context, requests, strayed, complaints };
}
