import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { getOperationAST, OperationTypeNode, parse } from "graphql";
import { readPolicy } from "../../../src/access/policy/read-policy.ts";
import { apiKeysIn } from "../../../src/access/api-key-file.ts";
import { readAuthFile } from "../../../src/config/auth-file.ts";
import { eventually } from "../../harness/eventually.ts";
import { asShown } from "./as-shown.ts";
import type { CodeBlock } from "./code-blocks.ts";
import { nextEvents } from "./event-stream.ts";
import { type Program, readLines, startProgram } from "./program.ts";

/** Where the document has the gateway listen. */
const SHOWN_HOST = "127.0.0.1:4000";

export interface Surroundings {
  /** Host and port of the gateway to read with. */
  readonly host: string;
  readonly env: Record<string, string>;
  /** A file of JavaScript for a block of TypeScript. */
  compiled(block: CodeBlock, edit: (javascript: string) => string): Promise<string>;
}

/** What the document shows, and what was there to be seen in its place. */
export interface Comparison {
  readonly shown: unknown;
  readonly seen: unknown;
}

/** Does what a reader does who goes through one section: each block in turn, comparing what is shown. */
export class Reader {
  readonly #at: Surroundings;
  readonly #leaving: (() => unknown)[] = [];
  #arriving: AsyncIterator<unknown, void> | undefined;
  #answer: unknown;
  #program: Program | undefined;
  #toStart: CodeBlock | undefined;
  #ask: (() => Promise<unknown>) | undefined;
  readonly #comparisons: Comparison[] = [];

  constructor(at: Surroundings) {
    this.#at = at;
  }

  /** What to do with each kind of block; a kind that is not here cannot be run. */
  static readonly KINDS = {
    graphql: (reader: Reader, block: CodeBlock) => reader.#operation(block.code),
    sh: (reader: Reader, block: CodeBlock) => reader.#shell(block.code),
    ts: (reader: Reader, block: CodeBlock) => reader.#start(block),
    "ts until-stopped": (reader: Reader, block: CodeBlock) => reader.#start(block),
    "ts to-start": async (reader: Reader, block: CodeBlock) => void (reader.#toStart = block),
    "sh starts until-killed": (reader: Reader, block: CodeBlock) => reader.#startSaved(block.code),
    "sh starts until-stopped": (reader: Reader, block: CodeBlock) => reader.#startSaved(block.code),
    "json answer": async (reader: Reader, block: CodeBlock) => reader.#answered(block.code),
    "json answer soon": (reader: Reader, block: CodeBlock) => reader.#answeredSoon(block.code),
    "json arrives": (reader: Reader, block: CodeBlock) => reader.#arrives(block.code),
    "text prints": (reader: Reader, block: CodeBlock) => reader.#prints(block.code),
    "yaml auth": (reader: Reader, block: CodeBlock) => reader.#authFile(block.code),
    "yaml api-keys": async (reader: Reader, block: CodeBlock) => reader.#apiKeysFile(block.code),
    "yaml policy": async (_reader: Reader, block: CodeBlock) => void readPolicy(block.code),
    "sh not-run": async () => {},
  } as const;

  /**
   * Every comparison made, up to the first that fails. Rejects where a block cannot be run to its end.
   * `signal` ends everything that was started.
   */
  async read(blocks: readonly CodeBlock[], signal: AbortSignal): Promise<readonly Comparison[]> {
    signal.addEventListener("abort", () => this.#leave(), { once: true });
    try {
      for (const [place, block] of blocks.entries()) {
        const kind = Object.entries(Reader.KINDS).find(([name]) => name === block.kind);
        if (!kind) throw new Error(`No reader can run a block of "${block.kind}"`);
        await kind[1](this, block);
        if (this.#answer !== undefined && !blocks[place + 1]?.kind.startsWith("json answer"))
          this.#succeeded();
        if (block.kind === "text prints") await this.#end(blocks[place - 1]?.kind);
        if (!this.#asShownSoFar()) return this.#comparisons;
      }
      await this.#program?.ended();
      return this.#comparisons;
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    for (const leave of this.#leaving.splice(0)) leave();
  }

  async #operation(query: string): Promise<void> {
    if (getOperationAST(parse(query))?.operation !== OperationTypeNode.SUBSCRIPTION) {
      this.#ask = async () => (await this.#post(query, {})).json();
      this.#answer = await this.#ask();
      return;
    }
    const { body } = await this.#post(query, { accept: "text/event-stream" });
    // The response begins when the broker has confirmed the subscription.
    if (body) this.#arriving = nextEvents(body.pipeThrough(new TextDecoderStream()));
  }

  #post(query: string, headers: Record<string, string>): Promise<Response> {
    const leaving = new AbortController();
    this.#leaving.push(() => leaving.abort());
    return fetch(`http://${this.#at.host}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    });
  }

  async #shell(commands: string): Promise<void> {
    const program = startProgram("bash", ["-c", `exec ${this.#here(commands)}`]);
    this.#leaving.push(() => program.kill("SIGKILL"));
    if (commands.startsWith("curl -N")) this.#arriving = await begun(program.output);
    else {
      const [output] = await Promise.all([readLines(program.output, Infinity), program.ended()]);
      this.#answer = JSON.parse(output.join("\n"));
    }
  }

  async #start(block: CodeBlock): Promise<void> {
    this.#run(process.execPath, [await this.#compiled(block)]);
  }

  #compiled(block: CodeBlock): Promise<string> {
    return this.#at.compiled(block, (javascript) => this.#here(javascript));
  }

  #run(command: string, args: readonly string[]): void {
    const program = startProgram(command, args, this.#at.env);
    this.#program = program;
    this.#leaving.push(() => program.kill("SIGKILL"));
  }

  /** What stands after variables in the command is how a reader starts the program that was saved. */
  async #startSaved(command: string): Promise<void> {
    const { groups } = /^(?<variables>.*)npx tsx worker\.ts\n$/.exec(command) ?? {};
    if (!groups || !this.#toStart) throw new Error(`No program is started by ${command}`);
    const file = await this.#compiled(this.#toStart);
    const program = [process.execPath, file].map((word) => `'${word}'`).join(" ");
    this.#run("bash", ["-c", `exec env ${groups["variables"] ?? ""} ${program}`]);
  }

  /** Ends a program whose block says how. */
  async #end(kind = ""): Promise<void> {
    if (kind.endsWith("until-killed")) this.#program?.kill("SIGKILL");
    if (!kind.endsWith("until-stopped")) return;
    this.#program?.kill("SIGTERM");
    await this.#program?.ended();
  }

  async #authFile(yaml: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "rabbitql-readme-"));
    this.#leaving.push(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, "auth.yaml");
    const secrets = [...yaml.matchAll(/secretFile: (\S+)/g)].map(([, file = ""]) =>
      writeFile(join(folder, file), "s".repeat(64)),
    );
    await Promise.all([writeFile(path, yaml), ...secrets]);
    const issuers = readAuthFile(path);
    this.#compare("a file of issuers", typeof issuers === "string" ? issuers : "a file of issuers");
  }

  #apiKeysFile(yaml: string): void {
    this.#compare(1, apiKeysIn(Buffer.from(yaml)).length);
  }

  #answered(shown: string): void {
    this.#compare(JSON.parse(shown), this.#answer);
    this.#answer = undefined;
  }

  /** A reader who looks too early looks again. */
  async #answeredSoon(shown: string): Promise<void> {
    const wanted: unknown = JSON.parse(shown);
    await eventually(async () => {
      if (isDeepStrictEqual(asShown(wanted, this.#answer), wanted)) return;
      this.#answer = await this.#ask?.();
      throw new Error("It is otherwise");
    }).catch(() => {});
    this.#answered(shown);
  }

  async #arrives(shown: string): Promise<void> {
    const event = await this.#arriving?.next();
    this.#compare(JSON.parse(shown), event?.value);
  }

  async #prints(shown: string): Promise<void> {
    if (!this.#program) throw new Error("Nothing was started that could print");
    const expected = shown.trimEnd().split("\n");
    const lines = await readLines(this.#program.output, expected.length);
    // A program that failed says more than that it printed nothing.
    if (lines.length < expected.length || lines.at(-1) === "") await this.#program.ended();
    this.#compare(expected, lines);
  }

  /** Of an answer that the document does not show. */
  #succeeded(): void {
    const { errors } = this.#answer as { errors?: unknown };
    this.#compare(undefined, errors);
    this.#answer = undefined;
  }

  #compare(shown: unknown, seen: unknown): void {
    this.#comparisons.push({ shown, seen: asShown(shown, seen) });
  }

  #asShownSoFar(): boolean {
    return this.#comparisons.every(({ shown, seen }) => isDeepStrictEqual(seen, shown));
  }

  #here(text: string): string {
    return text.replaceAll(SHOWN_HOST, this.#at.host);
  }
}

/** Resolves with the events once the stream has begun, with whatever it is. */
async function begun(chunks: AsyncIterable<string>): Promise<AsyncIterator<unknown, void>> {
  const reading = chunks[Symbol.asyncIterator]();
  const first = await reading.next();
  return nextEvents(
    (async function* () {
      if (!first.done) yield first.value;
      for (;;) {
        const { done, value } = await reading.next();
        if (done) return;
        yield value;
      }
    })(),
  );
}
