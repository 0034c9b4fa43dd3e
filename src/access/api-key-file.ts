import { parse } from "yaml";
import { z } from "zod";
import { toError } from "../errors.ts";
import { API_KEY_HASH, API_KEY_NAME } from "./api-key-hash.ts";
import type { Caller } from "./caller.ts";

/** A key of the file: whose it is, and the SHA-256 of what is shown. */
export interface KnownApiKey {
  readonly caller: Caller;
  readonly digest: Buffer;
}

const apiKeyFile = z.strictObject({
  keys: z.array(
    z.strictObject({
      name: z.string().regex(API_KEY_NAME),
      hash: z.string().regex(API_KEY_HASH),
      claims: z.record(z.string(), z.unknown()).default({}),
      expires: z.iso.datetime({ offset: true }).optional(),
    }),
  ),
});

/**
 * The API keys in a file, YAML or JSON.
 * @throws {Error} that names what is wrong, and holds nothing of what the file holds.
 */
export function apiKeysIn(content: Buffer): readonly KnownApiKey[] {
  let document: unknown;
  try {
    document = parse(content.toString());
  } catch (thrown) {
    throw new Error(`holds no YAML or JSON: ${firstLine(toError(thrown).message)}`, {
      cause: thrown,
    });
  }
  const read = apiKeyFile.safeParse(document);
  if (!read.success) throw new Error(`holds no list of API keys: ${problemsIn(read.error)}`);
  const names = new Set<string>();
  return read.data.keys.map((key) => {
    if (names.has(key.name))
      throw new Error(`has two keys of the name ${JSON.stringify(key.name)}`);
    names.add(key.name);
    return { caller: callerOf(key), digest: Buffer.from(key.hash.slice("sha256:".length), "hex") };
  });
}

function callerOf(key: z.output<typeof apiKeyFile>["keys"][number]): Caller {
  return Object.freeze({
    id: `api-key:${key.name}`,
    kind: "api-key",
    claims: Object.freeze({ sub: key.name, ...key.claims }),
    ...(key.expires !== undefined && { expiresAt: new Date(key.expires) }),
  });
}

function problemsIn(error: z.ZodError): string {
  return error.issues
    .map(({ path, code }) => `${path.join(".") || "it"} ${EXPECTED[String(path.at(-1))] ?? code}`)
    .join("; ");
}

const EXPECTED: Readonly<Record<string, string>> = {
  keys: "must be a list",
  name: "must be 1 to 128 letters, digits, _ . @ : or -",
  hash: "must be as rabbitql hash-key prints it: sha256: and 64 hexadecimal digits",
  claims: "must be a table",
  expires: 'must be a time such as "2027-01-31T00:00:00Z"',
};

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}
