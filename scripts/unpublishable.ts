const NEEDED = [
  "dist/main.js",
  "dist/index.js",
  "dist/index.d.ts",
  "schema.graphql",
  "policy.schema.json",
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "LICENSE",
];

const WELCOME =
  /^(?:dist\/.+\.(?:js|js\.map|d\.ts)|docs\/.+\.md|[A-Z]+\.md|LICENSE|[\w.]+\.(?:json|graphql))$/;

/** What is wrong with the files of a package: what is missing, and what has no business there. */
export function unpublishable(paths: readonly string[]): readonly string[] {
  return [
    ...NEEDED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...paths.filter((path) => !WELCOME.test(path)).map((path) => `${path} does not belong there`),
  ];
}
