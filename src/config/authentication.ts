import type { Issuer } from "../access/issuer.ts";
import { readAuthFile } from "./auth-file.ts";
import type { Config } from "./config-schema.ts";

type AuthenticationConfig = Pick<
  Config,
  | "auth"
  | "jwtIssuer"
  | "jwtAudience"
  | "jwtAlgorithms"
  | "jwtJwksUrl"
  | "jwtKeyFile"
  | "jwtSecretFile"
  | "apiKeysFile"
>;

/** Whether anybody is asked who they are, as far as settings say. */
export function hasAuthentication({ auth, jwtIssuer, apiKeysFile }: AuthenticationConfig): boolean {
  return auth !== undefined || jwtIssuer !== undefined || apiKeysFile !== undefined;
}

/** The issuer that settings of their own describe, complete or not; undefined where none is begun. */
export function issuerInSettings(config: AuthenticationConfig): Issuer | undefined {
  const { jwtIssuer, jwtAudience, jwtAlgorithms, jwtJwksUrl, jwtKeyFile, jwtSecretFile } = config;
  if (jwtIssuer === undefined) return undefined;
  return {
    issuer: jwtIssuer,
    audience: jwtAudience,
    algorithms: jwtAlgorithms,
    jwksUrl: jwtJwksUrl,
    keyFile: jwtKeyFile,
    secretFile: jwtSecretFile,
  };
}

/** Every issuer, of settings that have been checked. @throws {Error} where the file has changed since, and is wrong now. */
export function issuersOf(config: AuthenticationConfig): readonly Issuer[] {
  const inSettings = issuerInSettings(config);
  const inFile = config.auth === undefined ? [] : readAuthFile(config.auth);
  if (typeof inFile === "string") throw new Error(`${config.auth} ${inFile}`);
  return inSettings ? [inSettings, ...inFile] : inFile;
}
