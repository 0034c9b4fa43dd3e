import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportSPKI, generateKeyPair, SignJWT } from "jose";

/** What a gateway needs to know who is asking and what it may do, and a token of somebody who may do just enough. */
export interface Secured {
  readonly environment: NodeJS.ProcessEnv;
  readonly token: string;
  /** Removes the files. */
  dispose(): Promise<void>;
}

const ISSUER = "https://issuer.bench.invalid";
const AUDIENCE = "https://gateway.bench.invalid";
/** Of everything the rows publish and listen to, the first word is the claim `space`. */
const SPACE = "bench";

const POLICY = {
  version: 1,
  rules: [
    {
      name: "each space has what is its own",
      callers: { kind: "token", claims: { role: "member" } },
      grants: [
        { allow: "publish", exchanges: "{claims.space}.#", keys: "{claims.space}.#" },
        { allow: "subscribe", exchanges: "{claims.space}.#" },
      ],
    },
  ],
};

/** A key pair, a policy and a token that is good for a day, with their files in a folder of their own. */
export async function makeSecured(): Promise<Secured> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const folder = await mkdtemp(join(tmpdir(), "rabbitql-bench-"));
  const keyFile = join(folder, "key.pem");
  const policyFile = join(folder, "policy.json");
  await writeFile(keyFile, await exportSPKI(publicKey));
  await writeFile(policyFile, JSON.stringify(POLICY));
  const token = await new SignJWT({ space: SPACE, role: "member" })
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject("load")
    .setIssuedAt()
    .setExpirationTime("1d")
    .sign(privateKey);
  return {
    token,
    environment: {
      RABBITQL_JWT_ISSUER: ISSUER,
      RABBITQL_JWT_AUDIENCE: AUDIENCE,
      RABBITQL_JWT_ALGORITHMS: "ES256",
      RABBITQL_JWT_KEY_FILE: keyFile,
      RABBITQL_POLICY: policyFile,
      // All subscribers of a row are one caller.
      RABBITQL_MAX_SOCKETS_PER_CALLER: "0",
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
