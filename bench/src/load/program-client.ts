import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";

/** Has a program without clients (`serve-work.ts`) do something; rejects where it fails there. */
export async function ask<T>(port: number, path: string, body: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Tells whenever such a program has done with messages, and how many; call what it resolves to for an end. */
export async function hearDone(
  port: number,
  listener: { done(messages: number): void; failed(why: Error): void },
): Promise<() => void> {
  let rest = "";
  let hears = true;
  const hearing = request({ host: "127.0.0.1", port, path: "/done", method: "POST" });
  hearing.end();
  const [response] = (await once(hearing, "response")) as [IncomingMessage];
  response.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    listener.done(lines.reduce((sum, line) => sum + Number(line), 0));
  });
  response.on("error", (error) => {
    if (hears) listener.failed(error);
  });
  return () => {
    hears = false;
    hearing.destroy();
  };
}
