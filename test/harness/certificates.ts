import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its private key, both PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** Somebody who signs certificates, and has one of its own that says so. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** For one name, and the host names and IPv4 addresses that it goes under. */
  issue(name: string, hosts?: readonly string[]): Certified;
}

/** Made here, because no tool for it is on every machine (RFC 5280; DER is ITU-T X.690). */
export function createAuthority(name: string): Authority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certify = (subject: string, key: KeyObject, extensions: readonly Buffer[]) =>
    pem(signed({ issuer: name, subject, key, extensions }, own.privateKey));
  return {
    certificate: certify(name, own.publicKey, [
      extension(BASIC_CONSTRAINTS, sequence(der(BOOLEAN, Buffer.of(0xff)))),
      extension(KEY_USAGE, der(BIT_STRING, Buffer.of(1, 0x06))),
    ]),
    issue(subject, hosts = []) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const names = hosts.map((host) =>
        isIP(host) === 4
          ? der(IP_ADDRESS, Buffer.from(host.split(".").map(Number)))
          : der(DNS_NAME, Buffer.from(host)),
      );
      return {
        certificate: certify(
          subject,
          publicKey,
          names.length > 0 ? [extension(SUBJECT_ALT_NAME, sequence(...names))] : [],
        ),
        key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
      };
    },
  };
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const COMMON_NAME = Buffer.of(0x55, 0x04, 0x03);
const KEY_USAGE = Buffer.of(0x55, 0x1d, 0x0f);
const SUBJECT_ALT_NAME = Buffer.of(0x55, 0x1d, 0x11);
const BASIC_CONSTRAINTS = Buffer.of(0x55, 0x1d, 0x13);
const ECDSA_WITH_SHA256 = Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);

const HOUR_MS = 3_600_000;

function signed(
  what: { issuer: string; subject: string; key: KeyObject; extensions: readonly Buffer[] },
  signer: KeyObject,
): Buffer {
  const algorithm = sequence(der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const now = Date.now();
  const toBeSigned = sequence(
    der(VERSION, der(INTEGER, Buffer.of(2))),
    // Positive, as the first bit is 0.
    der(INTEGER, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    distinguishedName(what.issuer),
    sequence(utcTime(now - HOUR_MS), utcTime(now + 24 * HOUR_MS)),
    distinguishedName(what.subject),
    what.key.export({ type: "spki", format: "der" }),
    ...(what.extensions.length > 0 ? [der(EXTENSIONS, sequence(...what.extensions))] : []),
  );
  const signature = sign("sha256", toBeSigned, signer);
  return sequence(toBeSigned, algorithm, der(BIT_STRING, Buffer.of(0), signature));
}

function distinguishedName(name: string): Buffer {
  const commonName = sequence(
    der(OBJECT_IDENTIFIER, COMMON_NAME),
    der(UTF8_STRING, Buffer.from(name)),
  );
  return sequence(der(SET, commonName));
}

/** A critical one. */
function extension(identifier: Buffer, value: Buffer): Buffer {
  return sequence(
    der(OBJECT_IDENTIFIER, identifier),
    der(BOOLEAN, Buffer.of(0xff)),
    der(OCTET_STRING, value),
  );
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return der(UTC_TIME, Buffer.from(digits.slice(2)));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(SEQUENCE, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), body]);
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
