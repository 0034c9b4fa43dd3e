import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { toError } from "../../errors.ts";
import { brokerAddress, type BrokerAddress } from "./broker-address.ts";

/** What may change while the gateway runs: each path is of a file, read at each dial. */
export interface ConnectionFiles {
  /** The user and the password, each instead of the URL's. A line break at the end is not part of them. */
  readonly amqpUserFile?: string | undefined;
  readonly amqpPasswordFile?: string | undefined;
  /** PEM. Who may sign the broker's certificate, instead of those that Node.js trusts. */
  readonly amqpCaFile?: string | undefined;
  /** PEM. Our own certificate with its chain, and its private key. */
  readonly amqpCertificateFile?: string | undefined;
  readonly amqpKeyFile?: string | undefined;
  /** Whom the broker's certificate must name; left out: the URL's host. */
  readonly amqpServerName?: string | undefined;
}

/** The part of node:tls's options that is ours to say. */
export interface TlsIdentity {
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Whom to dial, and as whom. */
export interface DialTarget extends BrokerAddress {
  /** Empty for a connection without TLS. */
  readonly tls: TlsIdentity;
}

/** A file of the gateway's own that is not as it should be, so that nobody can be dialled. */
export class UnusableFile extends Error {
  override readonly name = "UnusableFile";
  /** What it should hold. */
  readonly holds: string;

  constructor(holds: string, path: string, cause: Error) {
    super(`The file with ${holds}, ${path}: ${cause.message}`, { cause });
    this.holds = holds;
  }
}

/** As the one URL in `options` and the files say at this moment. Rejects with {@link UnusableFile}. */
export async function dialTarget(
  options: ConnectionFiles & { readonly url: string },
): Promise<DialTarget> {
  const address = brokerAddress(options.url);
  const [user, password, tls] = await Promise.all([
    content(options.amqpUserFile, "the user's name"),
    content(options.amqpPasswordFile, "the password"),
    address.isTls ? tlsIdentity(address.host, options) : {},
  ]);
  return {
    ...address,
    ...(user !== undefined && { user: withoutLineBreak(user) }),
    ...(password !== undefined && { password: withoutLineBreak(password) }),
    tls,
  };
}

async function tlsIdentity(host: string, files: ConnectionFiles): Promise<TlsIdentity> {
  const [ca, cert, key] = await Promise.all([
    content(files.amqpCaFile, "the CA's certificates"),
    content(files.amqpCertificateFile, "the client certificate"),
    content(files.amqpKeyFile, "the client certificate's key"),
  ]);
  // An address is no name to ask for (RFC 6066 section 3).
  const servername = files.amqpServerName ?? (isIP(host) === 0 ? host : undefined);
  return {
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

async function content(path: string | undefined, holds: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const text = await readFile(path, "utf8");
    // Whoever replaces it may be in the middle of it.
    if (text.trim() === "") throw new Error("is empty");
    return text;
  } catch (error) {
    throw new UnusableFile(holds, path, toError(error));
  }
}

function withoutLineBreak(text: string): string {
  return text.replace(/[\r\n]+$/, "");
}
