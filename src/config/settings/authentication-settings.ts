import { KEY_ALGORITHMS, SECRET_ALGORITHMS } from "../../access/issuer.ts";
import { z } from "zod";
import { jwksUrl } from "../jwks-url.ts";
import { textList } from "../list-settings.ts";
import { bytes, milliseconds, seconds } from "../number-settings.ts";
import { KIB, SECOND, MINUTE } from "../sizes-and-times.ts";
import { file, optionalText, toggle } from "../text-settings.ts";

export const AUTHENTICATION_SETTINGS = {
  allowAnonymous: toggle({
    description:
      "Let in clients that show nothing: beside those that do, or beyond this machine with no authentication at all",
    default: false,
  }),
  auth: file({
    description: "File (YAML or JSON) with the issuers whose tokens are taken, any number of them",
  }),
  jwtIssuer: optionalText({
    description: "One issuer whose tokens are taken, as their iss names it; with the jwt- settings",
    expected: "a text",
    placeholder: "<iss>",
  }),
  jwtAudience: textList({
    description: "What its tokens must be meant for: one of these must be in their aud",
    expected: "audiences with commas between them",
    example: "https://gateway.example.com",
    placeholder: "<aud>",
  }),
  jwtAlgorithms: textList({
    description: "What its tokens may be signed with, whatever they say themselves",
    each: z.enum([...KEY_ALGORITHMS, ...SECRET_ALGORITHMS]),
    expected: `algorithms with commas between them, of ${[...KEY_ALGORITHMS, ...SECRET_ALGORITHMS].join(", ")}`,
    example: "RS256,ES256",
    placeholder: "<names>",
  }),
  jwtJwksUrl: jwksUrl({
    description:
      "Where its public keys are (a JWK Set); fetched again as they grow old, and when a token names a new one",
  }),
  jwtKeyFile: file({
    description:
      "File with its public key or certificate (PEM), or its JWK Set, instead; read again when it changes",
  }),
  jwtSecretFile: file({
    description:
      "File with the secret that it shares with the gateway, instead; read again when it changes",
  }),
  apiKeysFile: file({
    description: "File (YAML or JSON) with API keys, hashed; read again when it changes",
  }),
  clockToleranceSeconds: seconds({
    description:
      "How far an issuer's clock may be ahead when it says from when on a token is valid",
    default: 5,
    min: 0,
    max: 60,
  }),
  expiryGraceMs: milliseconds({
    description: "How long sockets and event streams outlive the token that they were opened with",
    default: 0,
    min: 0,
    max: 5 * MINUTE,
  }),
  authTimeoutMs: milliseconds({
    description: "How long it may take to find out who is asking",
    default: 5 * SECOND,
    min: 100,
    max: MINUTE,
  }),
  maxTokenBytes: bytes({
    description: "Longest token or API key",
    default: 8 * KIB,
    min: 256,
    max: 64 * KIB,
  }),
};
