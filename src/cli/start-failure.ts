import type { Config } from "../config/config.ts";
import { toError } from "../errors.ts";
import { maskUrlCredentials } from "../telemetry/mask-secrets.ts";

type Where = Pick<Config, "host" | "port">;

const ADVICE: Readonly<Record<string, (where: Where) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `port ${port} on ${host} is taken; stop the program that listens there, or take another with --port (0 takes any that is free)`,
  EACCES: ({ host, port }) =>
    `may not listen on port ${port} of ${host}; ports below 1024 need privileges, take a higher one with --port`,
  EADDRNOTAVAIL: ({ host }) =>
    `${host} is no address of this machine; give one that is with --host`,
  ENOTFOUND: ({ host }) =>
    `the host name ${host} is not known; give an address of this machine with --host`,
};

/** Why the gateway did not start, in one line, with what to do where that is known. */
export function startFailure(thrown: unknown, where: Where): string {
  const error = toError(thrown);
  const advice = "code" in error && typeof error.code === "string" ? ADVICE[error.code] : undefined;
  return advice ? advice(where) : `could not start: ${maskUrlCredentials(error.message)}`;
}
