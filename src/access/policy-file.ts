import { readFileSync } from "node:fs";
import type { Logger } from "../telemetry/logger.ts";
import { CurrentPolicy } from "./current-policy.ts";
import type { Policy } from "./policy/policy.ts";
import { readPolicy } from "./policy/read-policy.ts";
import { WatchedFile } from "./watched-file.ts";

/** @throws {Error} where it cannot be read; a PolicyError where it is wrong. */
export function readPolicyFile(path: string): Policy {
  return readPolicy(readFileSync(path, "utf8"));
}

/** A policy from a file, and again whenever that changes; as long as it is wrong, what it was before. */
export class PolicyFile {
  readonly current: CurrentPolicy;
  readonly #file: WatchedFile<Policy>;

  /** @throws {Error} where it cannot be read; a PolicyError where it is wrong. */
  constructor({ path, logger, everyMs }: { path: string; logger: Logger; everyMs?: number }) {
    this.#file = new WatchedFile<Policy>({
      path,
      read: (content) => readPolicy(content.toString()),
      onChange: (policy) => {
        logger.info({ path, ...policy.size }, "the policy is another");
        this.current.replace(policy);
      },
      logger,
      ...(everyMs === undefined ? {} : { everyMs }),
    });
    this.current = new CurrentPolicy(this.#file.content);
  }

  /** Reads it now. Never throws. */
  readAgain(): void {
    this.#file.readAgain();
  }

  close(): void {
    this.#file.close();
  }
}
