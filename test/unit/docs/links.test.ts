import { existsSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { DOCUMENTS, located, read } from "./repository.ts";

const links = (markdown: string) =>
  [...markdown.matchAll(/\]\((?<target>[^)\s]+)\)/g)]
    .map(({ groups }) => groups?.["target"] ?? "")
    .filter((target) => !/^https?:/.test(target));

/** As GitHub makes it: lower case, punctuation gone, spaces as hyphens. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");

const anchors = (markdown: string) =>
  [...markdown.matchAll(/^#+ (?<heading>.+)$/gm)].map(({ groups }) =>
    anchor(groups?.["heading"] ?? ""),
  );

describe.each(DOCUMENTS)("%s", (document) => {
  test("links to files and headings that there are", () => {
    const broken = links(read(document)).filter((target) => {
      const [path = "", fragment] = target.split("#");
      const file = path === "" ? located(document) : new URL(path, located(document));
      if (!existsSync(file)) return true;
      return fragment !== undefined && !anchors(read(file.pathname)).includes(fragment);
    });
    expect(broken).toEqual([]);
  });
});
