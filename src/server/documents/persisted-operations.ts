import { createHash } from "node:crypto";
import { CodedError, toError } from "../../errors.ts";
import type { DocumentRules } from "./document-rules.ts";

/** What a request says of its document: its text, or the id that it is persisted under. */
export interface DocumentRequest {
  readonly query?: string | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * The documents that may be executed, where those alone may. A request names one by
 * `extensions.persistedQuery.sha256Hash`, as Apollo's and urql's clients do, or has its very text.
 */
export class PersistedOperations {
  readonly #byId: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  constructor(byId: ReadonlyMap<string, string>) {
    this.#byId = byId;
    this.#texts = new Set(byId.values());
  }

  get documents(): ReadonlyMap<string, string> {
    return this.#byId;
  }

  /** @throws {CodedError} FORBIDDEN where it is none of them, NOT_FOUND where there is none of its id. */
  documentOf({ query, extensions }: DocumentRequest): string {
    if (query) {
      if (this.#texts.has(query)) return query;
      throw new CodedError(
        "FORBIDDEN",
        "Only persisted operations are executed here: name one by extensions.persistedQuery.sha256Hash",
      );
    }
    const id = persistedId(extensions);
    if (id === undefined)
      throw new CodedError(
        "BAD_USER_INPUT",
        "There is no document, and no extensions.persistedQuery.sha256Hash that names one",
      );
    const document = this.#byId.get(id);
    if (document !== undefined) return document;
    throw new CodedError("NOT_FOUND", `There is no persisted operation ${JSON.stringify(id)}`);
  }
}

function persistedId(extensions: DocumentRequest["extensions"]): string | undefined {
  const persisted = extensions?.["persistedQuery"];
  if (typeof persisted !== "object" || persisted === null || !("sha256Hash" in persisted))
    return undefined;
  return typeof persisted.sha256Hash === "string" ? persisted.sha256Hash : undefined;
}

/**
 * Documents by their ids, from a file in either of the forms that tools write: an object of documents by id, as
 * GraphQL Code Generator and Relay do, or Apollo's manifest. An id that looks like a SHA-256 must be its document's.
 * @throws {Error} that says what is wrong.
 */
export function readPersistedOperations(content: string): ReadonlyMap<string, string> {
  const parsed: unknown = JSON.parse(content);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Error("it must be an object of documents by id, or Apollo's manifest");
  const entries = "operations" in parsed ? manifest(parsed.operations) : Object.entries(parsed);
  const documents = new Map<string, string>();
  for (const [id, document] of entries) {
    if (typeof document !== "string")
      throw new Error(`the document of ${JSON.stringify(id)} is no text`);
    if (/^[0-9a-f]{64}$/.test(id) && id !== sha256(document))
      throw new Error(`${id} is not the SHA-256 of its document, which is ${sha256(document)}`);
    documents.set(id, document);
  }
  return documents;
}

/** @throws {Error} with everything that is wrong with each of them. */
export function mustBeValid(documents: ReadonlyMap<string, string>, rules: DocumentRules): void {
  const problems = [...documents].flatMap(([id, document]) =>
    problemsOf(document, rules).map((problem) => `${id}: ${problem}`),
  );
  if (problems.length > 0) throw new Error(problems.join("\n    "));
}

function problemsOf(document: string, rules: DocumentRules): readonly string[] {
  try {
    return rules.validate(rules.parse(document)).map(({ message }) => message);
  } catch (error) {
    return [toError(error).message];
  }
}

function manifest(operations: unknown): [string, unknown][] {
  if (!Array.isArray(operations))
    throw new Error("operations must be a list of objects with id and body");
  return operations.map((operation: unknown) => {
    const { id, body } = Object(operation) as Record<string, unknown>;
    if (typeof id !== "string") throw new Error("an operation has no id");
    return [id, body];
  });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
