import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type JWTHeaderParameters,
  type JWTPayload,
} from "jose";
import { onTestFinished } from "vitest";

export const AUDIENCE = "https://gateway.test";

export interface Signing {
  readonly header?: Partial<JWTHeaderParameters>;
  /** With another key than the issuer's own. */
  readonly key?: CryptoKey;
}

/** Somebody who issues tokens, with a JWK Set on loopback. It goes with the test. */
export class TokenIssuer {
  readonly jwksUrl: string;
  /** How often the set was asked for. */
  fetches = 0;
  /** What answers instead of the set, while there is one. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  #keys: { kid: string; pair: CryptoKeyPair }[] = [];

  private constructor(port: number) {
    this.jwksUrl = `http://127.0.0.1:${port}/jwks.json`;
  }

  static async start(): Promise<TokenIssuer> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const issuer = new TokenIssuer((server.address() as AddressInfo).port);
    await issuer.rotate("1");
    server.on("request", (request, response) => void issuer.#serve(request, response));
    onTestFinished(async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    });
    return issuer;
  }

  get issuer(): string {
    return this.jwksUrl;
  }

  /** From now on tokens are signed with a new key, which is the only one of the set. */
  async rotate(kid: string): Promise<void> {
    this.#keys = [{ kid, pair: await generateKeyPair("ES256", { extractable: true }) }];
  }

  /** A token for `AUDIENCE`, good for an hour, but for what `claims` say; undefined takes a claim away. */
  async token(
    claims: Record<string, unknown> = {},
    { header = {}, key }: Signing = {},
  ): Promise<string> {
    const [current] = this.#keys;
    if (!current) throw new Error("an issuer has a key");
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: this.issuer,
      aud: AUDIENCE,
      sub: "ada",
      iat: now,
      exp: now + 3600,
      ...claims,
    };
    return await new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload)
      .setProtectedHeader({ alg: "ES256", kid: current.kid, ...header })
      .sign(key ?? current.pair.privateKey);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.fetches++;
    if (this.answer) {
      this.answer(request, response);
      return;
    }
    const keys = this.#keys.map(async ({ kid, pair }) => ({
      ...(await exportJWK(pair.publicKey)),
      kid,
      alg: "ES256",
      use: "sig",
    }));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: await Promise.all(keys) }));
  }
}
