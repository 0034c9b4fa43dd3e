import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Whether this user may run the file at `path`. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Every executable file of one of these names on `searchPath`, the first name first. */
export async function findExecutables(
  names: readonly string[],
  searchPath = process.env["PATH"] ?? "",
): Promise<string[]> {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const runnable = await Promise.all(candidates.map(isExecutable));
  return candidates.filter((_, index) => runnable[index]);
}
