import { defineConfig } from "vitest/config";

/** Of the projects whose tests talk to other processes. */
const acrossProcesses = {
  globalSetup: "test/harness/rabbitmq/global-setup.ts",
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

const project = (name: string, settings = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...settings },
});

export default defineConfig({
  // Vite would take graphql's ES module for our source, and our dependencies its CommonJS one.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    pool: "forks",
    maxWorkers: 2,
    passWithNoTests: false,
    allowOnly: false,
    teardownTimeout: 20_000,
    coverage: { include: ["src/**"] },
    projects: [
      // To import everything anew for each file would take as long as the tests: none may leave anything behind.
      project("unit", { isolate: false }),
      project("conformance", { ...acrossProcesses, isolate: false }),
      project("integration", acrossProcesses),
      project("browser", acrossProcesses),
      // After the others: what these measure is how long things take.
      project("faults", {
        ...acrossProcesses,
        testTimeout: 60_000,
        hookTimeout: 90_000,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
