import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { BROKERS, startGateway } from "../../harness/gateway.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

describe("the example for GraphQL Code Generator", () => {
  let folder: string;
  let example: string;

  /** A copy of what the example is made of, without what it may have generated before. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-codegen-"));
    example = join(folder, "examples", "codegen");
    await cp(join(ROOT, "examples", "codegen"), example, {
      recursive: true,
      filter: (path) => !/[/\\](?:node_modules|gql)$/.test(path),
    });
    await cp(join(ROOT, "schema.graphql"), join(folder, "schema.graphql"));
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await run("graphql-codegen", ["--config", "codegen.config.ts"]);
    return () => rm(folder, { recursive: true });
  });

  /** Runs a tool of the project's in the copy, and resolves with what it printed, whatever its outcome. */
  async function run(tool: string, args: readonly string[] = [], env = {}): Promise<string> {
    const executable = join(ROOT, "node_modules", ".bin", tool);
    const options = { cwd: example, env: { ...process.env, ...env } };
    const { stdout, stderr } = await promisify(execFile)(executable, args, options).catch(
      (failed: { stdout: string; stderr: string }) => failed,
    );
    return stdout + stderr;
  }

  test("compiles with the types that are generated from schema.graphql", async () => {
    expect(await readFile(join(example, "src", "gql", "graphql.ts"), "utf8")).toContain(
      "export type OrdersSubscription",
    );
    expect(await run("tsc")).toBe("");
  });

  test("no longer compiles where it uses a field that it did not ask for", async () => {
    const wrong = join(example, "src", "wrong.ts");
    await writeFile(
      wrong,
      `import type { OrdersSubscription } from "./gql/graphql.ts";
       export const kind = (feed: OrdersSubscription["feed"]) => feed.kind === "Message" && feed.text;`,
    );
    expect(await run("tsc")).toMatch(/wrong\.ts.*Property 'text' does not exist/);
    await rm(wrong);
  });

  test.for(BROKERS)("runs against a gateway, over %s", async (broker) => {
    const gateway = await startGateway({ broker });
    const printed = await run("tsx", ["src/main.ts"], { GATEWAY_URL: gateway.wsUrl });
    await gateway.close();
    expect(printed.trimEnd().split("\n").toSorted()).toEqual(
      [
        "Live",
        "Published: received by a queue",
        'order.created: {"id":1001,"total":49.9}',
      ].toSorted(),
    );
  });
});
