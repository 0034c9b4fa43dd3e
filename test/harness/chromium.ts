import { canInstallDebianPackages, installDebianPackage } from "./debian-package.ts";
import { findExecutables, isExecutable } from "./executable.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The Chromium that the browser tests drive: the one that CHROMIUM_PATH names, else one on PATH, else,
 * as root on Debian, the package. Rejects where there is none: a browser test is never skipped.
 */
export async function findChromium(): Promise<string> {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined) {
    if (await isExecutable(named)) return named;
    throw new Error(`CHROMIUM_PATH is "${named}", which is not an executable file.`);
  }

  const [found] = await findExecutables(NAMES);
  if (found !== undefined) return found;

  if (canInstallDebianPackages()) {
    await installDebianPackage("chromium");
    const [installed] = await findExecutables(NAMES);
    if (installed !== undefined) return installed;
  }
  throw new Error(
    "The browser tests need Chromium, and there is none on PATH. " +
      "Install chromium or google-chrome, or name the executable in CHROMIUM_PATH.",
  );
}
