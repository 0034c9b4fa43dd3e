import type { ProfileNode } from "./cpu-profile.ts";

export const IDLE = "idle";

/** V8's names for what is no function of JavaScript. */
const OF_V8: Readonly<Record<string, string>> = {
  "(garbage collector)": "garbage collector",
  "(program)": "native code outside of JavaScript",
  "(root)": "native code outside of JavaScript",
  "(idle)": IDLE,
};

/** Whose code a node of a profile is: a package's, Node's own, a folder of rabbitql's, or V8's. */
export function moduleGroup({
  callFrame: { functionName, url },
}: Pick<ProfileNode, "callFrame">): string {
  if (url === "") return OF_V8[functionName] ?? "built-in functions and system calls";
  if (url.startsWith("node:")) return "node";
  const ofPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (ofPackage !== undefined) return ofPackage;
  const folders = /\/dist\/(?:(.*)\/)?[^/]+$/.exec(url)?.[1];
  return folders === undefined ? "rabbitql" : `rabbitql: ${folders}`;
}
