import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import { toError } from "../errors.ts";
import type { CrossCheck } from "./cross-check.ts";

/** The files that are read whenever the gateway connects, as they are at the start: nobody should have to wait to be told. */
export const CONNECTION_FILE_CHECKS: readonly CrossCheck[] = [
  holds("amqpUserFile", "a user's name", isWritten),
  holds("amqpPasswordFile", "a password", isWritten),
  holds("amqpCaFile", "a certificate (PEM)", certificateIn),
  holds("amqpCertificateFile", "a certificate (PEM)", certificateIn),
  holds("amqpKeyFile", "a private key (PEM, without a passphrase)", keyIn),
  {
    settings: ["amqpKeyFile", "amqpCertificateFile"],
    problem: ({ amqpCertificateFile, amqpKeyFile }, nameOf) => {
      const certificate = ifThere(amqpCertificateFile, certificateIn);
      const key = ifThere(amqpKeyFile, keyIn);
      return !certificate || !key || certificate.checkPrivateKey(key)
        ? undefined
        : `the key is not that of the certificate in ${nameOf("amqpCertificateFile")}`;
    },
  },
];

export function holds(
  setting:
    | "amqpUserFile"
    | "amqpPasswordFile"
    | "amqpCaFile"
    | "amqpCertificateFile"
    | "amqpKeyFile"
    | "cursorSecretFile",
  what: string,
  find: (content: string) => unknown,
): CrossCheck {
  return {
    settings: [setting],
    problem: ({ [setting]: path }) => {
      if (path === undefined) return undefined;
      let content: string;
      try {
        content = readFileSync(path, "utf8");
      } catch (error) {
        return `cannot be read: ${toError(error).message}`;
      }
      return find(content) ? undefined : `does not hold ${what}`;
    },
  };
}

function isWritten(content: string): boolean {
  return content.trim() !== "";
}

/** The first, where there is a chain. */
function certificateIn(pem: string): X509Certificate | undefined {
  return unlessItFails(() => new X509Certificate(pem));
}

function keyIn(pem: string) {
  return unlessItFails(() => createPrivateKey(pem));
}

/** Undefined where there is no such thing: to say so is another check's part. */
function ifThere<T>(path: string | undefined, find: (content: string) => T): T | undefined {
  return path === undefined ? undefined : unlessItFails(() => find(readFileSync(path, "utf8")));
}

function unlessItFails<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
