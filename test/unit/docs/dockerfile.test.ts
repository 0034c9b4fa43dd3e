import { existsSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { located, read } from "./repository.ts";

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of each stage, comments left out and continued lines joined. */
function stages(dockerfile: string): Instruction[][] {
  const all: Instruction[][] = [];
  const lines = dockerfile.replace(/^#.*\n/gm, "").replaceAll("\\\n", " ");
  for (const [, name = "", text = ""] of lines.matchAll(/^([A-Z]+) (.+)$/gm)) {
    if (name === "FROM") all.push([]);
    all.at(-1)?.push({ name, text });
  }
  return all;
}

const [build = [], run = []] = stages(read("Dockerfile"));
const texts = (stage: readonly Instruction[], name: string) =>
  stage.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** Of an instruction in exec form, the arguments. */
const exec = (text: string) => JSON.parse(text.slice(text.indexOf("["))) as string[];

describe("the build stage", () => {
  test("copies only what there is, and what .dockerignore lets through", () => {
    const ignore = read(".dockerignore").trim().split("\n");
    const sources = texts(build, "COPY").flatMap((text) => text.split(" ").slice(0, -1));
    expect(ignore[0]).toBe("*");
    expect(sources.filter((source) => !existsSync(located(source)))).toEqual([]);
    expect(sources.map((source) => `!${source}`).toSorted()).toEqual(ignore.slice(1).toSorted());
  });

  test("installs by the lock file, builds, and leaves the production's dependencies", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(texts(build, "RUN")).toEqual(["npm ci", "npm run build && npm prune --omit=dev"]);
    expect(scripts).toHaveProperty("build");
  });

  test("runs on a Node that the package takes, and so does what it makes", () => {
    const images = [...texts(build, "FROM"), ...texts(run, "FROM")];
    expect(images).toEqual(["node:24-alpine AS build", "node:24-alpine"]);
    expect(JSON.parse(read("package.json"))).toMatchObject({ engines: { node: ">=20.19.0" } });
  });
});

describe("the image", () => {
  test("holds what the command needs: its code, its dependencies, and package.json for its version", () => {
    expect(texts(run, "COPY")).toEqual([
      "--from=build /app/package.json ./",
      "--from=build /app/node_modules ./node_modules",
      "--from=build /app/dist ./dist",
    ]);
  });

  test("starts the file that package.json has as the command, with node as process 1", () => {
    const { bin } = JSON.parse(read("package.json")) as { bin: { rabbitql: string } };
    expect(texts(run, "ENTRYPOINT").map(exec)).toEqual([["node", bin.rabbitql]]);
  });

  test("is not root, and stops with SIGTERM", () => {
    const names = run.map(({ name }) => name);
    expect(texts(run, "USER")).toEqual(["node"]);
    expect(names.indexOf("USER")).toBeLessThan(names.indexOf("ENTRYPOINT"));
    expect(names.lastIndexOf("RUN")).toBeLessThan(names.indexOf("USER"));
    expect(texts(run, "STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  test("exposes the port that it listens on, on every address of the container", () => {
    expect(texts(run, "ENV")).toEqual(["NODE_ENV=production HOST=0.0.0.0 PORT=4000"]);
    expect(texts(run, "EXPOSE")).toEqual(["4000"]);
  });

  test("asks /livez for its health", () => {
    const [check = ""] = texts(run, "HEALTHCHECK");
    const [node, flag, script = ""] = exec(check);
    expect([node, flag]).toEqual(["node", "-e"]);
    expect(script).toContain("http://127.0.0.1:${process.env.PORT}/livez");
  });
});
