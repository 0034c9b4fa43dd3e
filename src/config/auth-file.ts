import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { KEY_ALGORITHMS, SECRET_ALGORITHMS, type Issuer } from "../access/issuer.ts";
import { toError } from "../errors.ts";
import { issuerProblem } from "./issuer-rules.ts";
import { isJwksUrl, JWKS_URL_EXPECTED } from "./jwks-url.ts";

const text = z.string("must be a text").min(1, "must not be empty");
const algorithm = z.enum(
  [...KEY_ALGORITHMS, ...SECRET_ALGORITHMS],
  `must be one of ${[...KEY_ALGORITHMS, ...SECRET_ALGORITHMS].join(", ")}`,
);

const issuer = z.strictObject({
  issuer: text,
  audience: z.union([text.transform((one) => [one]), z.array(text)], "must be a text or a list"),
  algorithms: z.array(algorithm, "must be a list"),
  jwksUrl: text.refine(isJwksUrl, `must be ${JWKS_URL_EXPECTED}`).optional(),
  keyFile: text.optional(),
  secretFile: text.optional(),
});

const authFile = z.strictObject({ issuers: z.array(issuer, "must be a list").min(1) });

const NAMES = {
  issuer: "issuer",
  audience: "audience",
  algorithms: "algorithms",
  jwksUrl: "jwksUrl",
  keyFile: "keyFile",
  secretFile: "secretFile",
};

/** The issuers in a file, or everything that is wrong with it. Paths in it are as seen from where it lies. */
export function readAuthFile(path: string): readonly Issuer[] | string {
  let document: unknown;
  try {
    document = parse(readFileSync(path, "utf8"));
  } catch (thrown) {
    return `cannot be read: ${toError(thrown).message.split("\n", 1)[0]}`;
  }
  const read = authFile.safeParse(document);
  if (!read.success) {
    const wrong = read.error.issues.map(
      ({ path: at, message }) => `${at.join(".") || "the file"}: ${message}`,
    );
    return `holds no issuers: ${wrong.join("; ")}`;
  }
  const from = (file: string | undefined) => file && resolve(dirname(path), file);
  const issuers = read.data.issuers.map((one) => ({
    ...one,
    keyFile: from(one.keyFile),
    secretFile: from(one.secretFile),
  }));
  const wrong = issuers.flatMap((one) => {
    const problem = issuerProblem(one, NAMES);
    return problem === undefined ? [] : [`issuer ${JSON.stringify(one.issuer)}: ${problem}`];
  });
  return wrong.length > 0 ? wrong.join("; ") : issuers;
}
