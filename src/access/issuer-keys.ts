import type { JWTVerifyGetKey } from "jose";
import type { Logger } from "../telemetry/logger.ts";
import type { Issuer } from "./issuer.ts";
import { publicKeysIn, secretIn } from "./key-material.ts";
import { RemoteKeys } from "./remote-keys.ts";
import { WatchedFile } from "./watched-file.ts";

export interface IssuerKeys {
  readonly key: JWTVerifyGetKey;
  close(): void;
}

export interface IssuerKeysOptions {
  /** Keys are others than before: what was checked with them must be checked again. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/**
 * Where an issuer says that its keys are. @throws {Error} where its file cannot be read, or holds no key.
 */
export function keysOf(issuer: Issuer, { onChange, logger }: IssuerKeysOptions): IssuerKeys {
  const { jwksUrl, keyFile, secretFile, algorithms } = issuer;
  if (jwksUrl !== undefined) {
    const { key } = new RemoteKeys({ url: jwksUrl, onChange, logger });
    return { key, close: () => {} };
  }
  if (keyFile !== undefined) {
    const file = new WatchedFile({ path: keyFile, read: publicKeysIn, onChange, logger });
    return { key: (header, token) => file.content(header, token), close: () => file.close() };
  }
  if (secretFile === undefined) throw new Error("an issuer has keys");
  const read = (content: Buffer) => secretIn(content, algorithms);
  const file = new WatchedFile({ path: secretFile, read, onChange, logger });
  return { key: () => file.content, close: () => file.close() };
}
