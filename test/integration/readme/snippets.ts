import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** TypeScript snippets in a project of their own that has this package installed, as it was built. */
export interface Snippets {
  /** A file to run with node: the snippet at `place`, with its text changed by `edit`. */
  file(place: number, edit: (javascript: string) => string): Promise<string>;
  dispose(): Promise<void>;
}

/** Type-checks and compiles. Rejects with what the compiler said where a snippet is wrong. */
export async function compileSnippets(sources: readonly string[]): Promise<Snippets> {
  const outer = await mkdtemp(join(tmpdir(), "rabbitql-readme-"));
  const project = join(outer, "project");
  await mkdir(join(project, "node_modules"), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(outer, "node_modules"));
  await symlink(ROOT, join(project, "node_modules/rabbitql"));
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2023",
        lib: ["es2023", "dom"],
        module: "nodenext",
        types: ["node"],
        strict: true,
        noUncheckedIndexedAccess: true,
        noUnusedLocals: true,
        skipLibCheck: true,
      },
      include: ["*.ts"],
    }),
  );
  await Promise.all(
    sources.map((source, place) => writeFile(join(project, `snippet-${place}.ts`), source)),
  );
  const dispose = () => rm(outer, { recursive: true, force: true });
  try {
    await promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), ["-p", project]);
  } catch (error) {
    await dispose();
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    throw new Error(`A snippet does not compile:\n${said}`, { cause: error });
  }
  return {
    async file(place, edit) {
      const edited = join(project, `edited-${place}.js`);
      const compiled = await readFile(join(project, `snippet-${place}.js`), "utf8");
      await writeFile(edited, edit(compiled));
      return edited;
    },
    dispose,
  };
}
