import { readFileSync } from "node:fs";
import { PolicyFile } from "./access/policy-file.ts";
import type { Definitions } from "./broker/definitions/definitions.ts";
import { readDefinitions } from "./broker/definitions/read-definitions.ts";
import { brokerPlaces } from "./config/broker-places.ts";
import { ConfigError } from "./config/config-error.ts";
import type { Config } from "./config/config.ts";
import { toError } from "./errors.ts";
import { schema } from "./schema/schema.ts";
import { DocumentRules } from "./server/documents/document-rules.ts";
import {
  mustBeValid,
  PersistedOperations,
  readPersistedOperations,
} from "./server/documents/persisted-operations.ts";
import type { Logger } from "./telemetry/logger.ts";

/** What a gateway has read before it starts. */
export interface GatewayFiles {
  readonly definitions: Definitions | undefined;
  readonly policy: PolicyFile | undefined;
  readonly persisted: PersistedOperations | undefined;
}

/** @throws {ConfigError} where one of them cannot be read, or is wrong. */
export function readFiles(config: Config, logger: Logger): GatewayFiles {
  return {
    definitions: definitionsFile(config),
    persisted: persistedOperations(config),
    policy: policyFile(config, logger),
  };
}

/**
 * What is to be declared at the start, where there is a file of it.
 * @throws {ConfigError} where it cannot be read, or is wrong.
 */
export function definitionsFile({ definitions: path, amqpUrl }: Config): Definitions | undefined {
  if (path === undefined) return undefined;
  const virtualHost = amqpUrl === undefined ? undefined : brokerPlaces(amqpUrl)[0]?.virtualHost;
  try {
    return readDefinitions(readFileSync(path, "utf8"), virtualHost);
  } catch (thrown) {
    const problem = toError(thrown).message.replaceAll("\n", "\n    ");
    throw new ConfigError([{ setting: "definitions", value: path, problem }]);
  }
}

/**
 * The policy file, where there is to be one.
 * @throws {ConfigError} where it cannot be read, or is wrong.
 */
export function policyFile(
  { policy: path, amqpUrl, managementUrl }: Config,
  logger: Logger,
): PolicyFile | undefined {
  if (path === undefined) return undefined;
  if (amqpUrl !== undefined && managementUrl === undefined)
    logger.warn(
      "without managementUrl nothing tells of which kind an exchange is: grant keys on topic and direct exchanges alone, and headers on headers exchanges",
    );
  try {
    return new PolicyFile({ path, logger });
  } catch (thrown) {
    const problem = toError(thrown).message.replaceAll("\n", "\n    ");
    throw new ConfigError([{ setting: "policy", value: path, problem }]);
  }
}

/**
 * The only documents that are executed, where there is a file of them.
 * @throws {ConfigError} where it cannot be read, or is wrong.
 */
function persistedOperations({
  persistedOperations: path,
  ...limits
}: Config): PersistedOperations | undefined {
  if (path === undefined) return undefined;
  try {
    const documents = readPersistedOperations(readFileSync(path, "utf8"));
    mustBeValid(documents, new DocumentRules(schema, limits));
    return new PersistedOperations(documents);
  } catch (thrown) {
    const problem = toError(thrown).message;
    throw new ConfigError([{ setting: "persistedOperations", value: path, problem }]);
  }
}

/** What cursors are signed with. */
export function cursorSecretOf({ cursorSecret, cursorSecretFile }: Config): string {
  if (cursorSecretFile === undefined) return cursorSecret;
  return readFileSync(cursorSecretFile, "utf8").trim();
}
