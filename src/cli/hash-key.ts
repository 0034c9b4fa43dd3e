import { API_KEY_NAME, hashOfApiKey, newApiKey } from "../access/api-key-hash.ts";
import type { Surroundings } from "./command.ts";

/**
 * `rabbitql hash-key NAME`: makes an API key, and prints it, this once, before what the file of `--api-keys-file`
 * has for it. A key is not taken from the command line: other users can read that.
 */
export function hashKey(args: readonly string[], { stdout, stderr }: Surroundings): number {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0 || !API_KEY_NAME.test(name)) {
    stderr.write(
      "rabbitql hash-key: takes the key's name, 1 to 128 letters, digits, _ . @ : or -, and nothing else\n",
    );
    return 1;
  }
  const key = newApiKey();
  stdout.write(`${key}\n- name: ${JSON.stringify(name)}\n  hash: ${hashOfApiKey(key)}\n`);
  return 0;
}
