import { readFileSync } from "node:fs";

import { KEY_ALGORITHMS, SECRET_ALGORITHMS, type Issuer } from "../access/issuer.ts";
import { publicKeysIn, secretIn } from "../access/key-material.ts";
import { toError } from "../errors.ts";

/** The parts of an issuer, as whoever gave them calls them. */
export type IssuerNames = Readonly<
  Record<"issuer" | "audience" | "algorithms" | "jwksUrl" | "keyFile" | "secretFile", string>
>;

/** What is wrong with an issuer whose parts are right by themselves; undefined where nothing is. */
export function issuerProblem(issuer: Issuer, names: IssuerNames): string | undefined {
  const { audience, algorithms, jwksUrl, keyFile, secretFile } = issuer;
  if (audience.length === 0)
    return `tokens must be meant for this gateway; say in ${names.audience} what their aud must name`;
  const sources = [jwksUrl, keyFile, secretFile].filter((source) => source !== undefined);
  if (sources.length !== 1)
    return `tokens are checked with one kind of key; set one of ${names.jwksUrl}, ${names.keyFile} and ${names.secretFile}`;
  const right: readonly string[] = secretFile === undefined ? KEY_ALGORITHMS : SECRET_ALGORITHMS;
  const kind = secretFile === undefined ? "a public key" : "a secret";
  if (algorithms.length === 0)
    return `what tokens are signed with must be said in ${names.algorithms}: with ${kind}, of ${right.join(", ")}`;
  const wrong = algorithms.find((algorithm) => !right.includes(algorithm));
  if (wrong !== undefined)
    return `${wrong} is not checked with ${kind}; set ${names.algorithms} to some of ${right.join(", ")}`;
  if (keyFile !== undefined) return fileProblem(names.keyFile, keyFile, publicKeysIn);
  if (secretFile === undefined) return undefined;
  return fileProblem(names.secretFile, secretFile, (content) => secretIn(content, algorithms));
}

/** What is wrong with a file, as it is now. */
export function fileProblem(
  name: string,
  path: string,
  read: (content: Buffer) => unknown,
): string | undefined {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (thrown) {
    return `${name} cannot be read: ${toError(thrown).message}`;
  }
  try {
    read(content);
    return undefined;
  } catch (thrown) {
    return `${name} ${toError(thrown).message}`;
  }
}
