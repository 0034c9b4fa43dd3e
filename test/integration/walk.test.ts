import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BROKERS, startGateway } from "../harness/gateway.ts";
import { codeBlocks } from "./readme/code-blocks.ts";
import { Reader } from "./readme/reader.ts";
import { compileSnippets, type Snippets } from "./readme/snippets.ts";

const WALK = readFileSync(new URL("../../docs/walk.md", import.meta.url), "utf8");
const BLOCKS = codeBlocks(WALK);
const PROGRAMS = BLOCKS.filter(({ kind }) => kind.startsWith("ts"));

let snippets: Snippets;
beforeAll(async () => {
  snippets = await compileSnippets(PROGRAMS.map(({ code }) => code));
});
afterAll(() => snippets?.dispose());

test("every fence of the walk is one of a block", () => {
  expect(WALK.match(/^ *```/gm)).toHaveLength(2 * BLOCKS.length);
});

test.for(BROKERS)(
  "docs/walk.md can be walked, on %s",
  async (broker, { signal, onTestFinished }) => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const reader = new Reader({
      host: new URL(gateway.url).host,
      env: {},
      compiled: (block, edit) => snippets.file(PROGRAMS.indexOf(block), edit),
    });
    for (const { shown, seen } of await reader.read(BLOCKS, signal)) expect(seen).toEqual(shown);
  },
);
