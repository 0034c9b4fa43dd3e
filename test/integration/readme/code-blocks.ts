/** A fenced block of code in a document. */
export interface CodeBlock {
  /** The heading that it stands under. */
  readonly section: string;
  /** What stands after the fence's backticks: the language, and what the block is for. */
  readonly kind: string;
  readonly code: string;
}

/** Headings and fenced blocks, whichever comes next; a `#` within a block is no heading. */
const PARTS = /^#+ (?<heading>.+)$|^```(?<kind>.*)\n(?<code>[^]*?)^```$/gm;

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let section = "";
  for (const { groups } of markdown.matchAll(PARTS)) {
    section = groups?.["heading"] ?? section;
    const { kind, code } = groups ?? {};
    if (kind !== undefined && code !== undefined) blocks.push({ section, kind, code });
  }
  return blocks;
}
