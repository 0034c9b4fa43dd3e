import { toError } from "../../errors.ts";
import { fieldTable, type FieldTable, type FieldValue } from "../field-table.ts";
import { isGatewayQueue, isReservedName } from "../reserved-name.ts";
import { EXCHANGE_TYPES, QUEUE_TYPES, type QueueType } from "../topology.ts";
import { definitionsSchema, type WrittenDefinitions } from "./definitions-schema.ts";
import { DefinitionsError, type Definitions } from "./definitions.ts";

/** Of a file that is all wrong, so many lines say enough. */
const MOST_PROBLEMS = 20;

/**
 * The exchanges, queues and bindings of one virtual host in a definitions export, of a broker or of one
 * virtual host. `virtualHost` left out: the only one that the file names, else "/".
 * @throws {DefinitionsError} with everything that is wrong, and where.
 */
export function readDefinitions(text: string, virtualHost: string | undefined): Definitions {
  const read = definitionsSchema.safeParse(jsonIn(text));
  if (!read.success)
    throw new DefinitionsError(
      read.error.issues
        .slice(0, MOST_PROBLEMS)
        .map(({ path, message }) => `${pathText(path)}: ${message}`)
        .join("\n"),
    );
  const written = read.data;
  const wanted = virtualHost ?? onlyVirtualHost(written);
  const isHere = ({ vhost = wanted }: { vhost?: string | undefined }) => vhost === wanted;
  return {
    exchanges: written.exchanges
      .filter((row) => isHere(row) && !isReservedName(row.name))
      .map(({ name, type, durable, auto_delete: autoDelete, internal, arguments: given }) => ({
        name,
        type: EXCHANGE_TYPES.find((known) => known === type),
        typeName: type,
        durable,
        autoDelete,
        internal,
        arguments: tableOf(given),
      })),
    queues: written.queues
      .filter((row) => isHere(row) && !isGatewayQueue(row.name))
      .map(({ name, durable, auto_delete: autoDelete, arguments: given, type }) => ({
        name,
        type: type ?? typeIn(tableOf(given)),
        durable,
        autoDelete,
        arguments: tableOf(given),
      })),
    bindings: written.bindings
      .filter((row) => isHere(row) && row.source !== "" && !isGatewayQueue(row.destination))
      .map(({ source, destination, destination_type, routing_key, arguments: given }) => ({
        source,
        destination,
        destinationType: destination_type,
        routingKey: routing_key,
        arguments: tableOf(given),
      })),
    skipped: skippedOf(written, isHere),
  };
}

function jsonIn(text: string): unknown {
  try {
    // As editors on some systems begin a file.
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch (error) {
    throw new DefinitionsError(`it is not JSON: ${toError(error).message}`);
  }
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the file";
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function onlyVirtualHost({ exchanges, queues, bindings }: WrittenDefinitions): string {
  const named = new Set([...exchanges, ...queues, ...bindings].map(({ vhost }) => vhost));
  named.delete(undefined);
  const [only, ...others] = named;
  return only !== undefined && others.length === 0 ? only : "/";
}

/** RabbitMQ has the type among the arguments too, since 3.8. */
function typeIn(table: FieldTable): QueueType {
  return QUEUE_TYPES.find((type) => type === table["x-queue-type"]) ?? "classic";
}

function skippedOf(
  { exchanges, queues, bindings, ...others }: WrittenDefinitions,
  isHere: (row: { vhost?: string | undefined }) => boolean,
): Record<string, number> {
  const elsewhere = [...exchanges, ...queues, ...bindings].filter((row) => !isHere(row)).length;
  const sections = Object.entries(others).flatMap(([section, rows]): [string, number][] =>
    Array.isArray(rows) && rows.length > 0 && section !== "vhosts" ? [[section, rows.length]] : [],
  );
  return {
    ...Object.fromEntries(sections),
    ...(elsewhere > 0 && { "of other virtual hosts": elsewhere }),
  };
}

/** Some versions write an empty table as an empty list. */
function tableOf(json: unknown): FieldTable {
  const table = fieldTable();
  if (typeof json !== "object" || json === null || Array.isArray(json)) return table;
  for (const [key, value] of Object.entries(json)) table[key] = valueOf(value);
  return table;
}

function valueOf(json: unknown): FieldValue {
  if (Array.isArray(json)) return json.map(valueOf);
  if (typeof json === "string" || typeof json === "number" || typeof json === "boolean")
    return json;
  return json === null ? null : tableOf(json);
}
