import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freePorts } from "../harness/free-ports.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { asShown } from "./readme/as-shown.ts";
import { codeBlocks } from "./readme/code-blocks.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const DOCUMENT = readFileSync(`${REPOSITORY}docs/security.md`, "utf8");
const BLOCKS = codeBlocks(DOCUMENT).filter(({ section }) => section === "Ten minutes");

/** Printed after each block, so that what each has printed can be told apart. */
const END_OF_BLOCK = "--- end of block ---";

test("the walk of docs/security.md can be walked as it is written", async () => {
  const [port] = await freePorts(1);
  const steps = BLOCKS.filter(({ kind }) => kind === "sh walk");
  const script = steps.map(({ code }) => `${code}\necho; echo '${END_OF_BLOCK}'\n`).join("");
  const walking = spawn("bash", ["-c", `trap 'kill $(jobs -p)' EXIT\n${here(script, port)}`], {
    cwd: await temporaryFolder(),
    env: { PATH: process.env["PATH"], REPOSITORY },
    stdio: ["ignore", "pipe", "pipe"],
    // Its children are in its group, and go with it.
    detached: true,
  });
  onTestFinished(() => {
    if (walking.exitCode === null && walking.pid !== undefined) process.kill(-walking.pid);
  });
  const [printed, complaints] = await Promise.all([text(walking.stdout), text(walking.stderr)]);
  expect(complaints).toBe("");

  const seen = printed.split(END_OF_BLOCK).map((output) => output.trim());
  let step = -1;
  for (const { kind, code } of BLOCKS) {
    if (kind === "sh walk") step++;
    const answer = seen[step] ?? "";
    if (kind === "json prints") matches(JSON.parse(code), JSON.parse(answer));
    if (kind === "text prints") matches(code.trim(), answer.replaceAll("\n\n", "\n"));
  }
  expect(step).toBe(steps.length - 1);
});

test("every block of the walk is walked, compared, or says that it is not", () => {
  const kinds = ["sh not-run", "sh walk", "json prints", "text prints"];
  expect(BLOCKS.map(({ kind }) => kind).filter((kind) => !kinds.includes(kind))).toEqual([]);
  expect(BLOCKS.filter(({ kind }) => kind === "sh not-run")).toHaveLength(1);
});

function here(script: string, port: number | undefined): string {
  return script.replaceAll(/\b4000\b/g, String(port));
}

function matches(shown: unknown, seen: unknown): void {
  expect(asShown(shown, seen)).toEqual(shown);
}
