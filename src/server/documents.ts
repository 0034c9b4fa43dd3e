import {
  GraphQLError,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { compileMutationPlan, type MutationPlan } from "./plan/mutation-plan.ts";

/** One operation of a valid document. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly plan?: MutationPlan | undefined;
}

/** Documents that are kept parsed and validated: so many, and none that is longer, in characters. */
const DOCUMENTS = 1_000;
const LONGEST_DOCUMENT = 16 * 1024;

/** A parsed document takes about a hundred times the room of its text; all together take so much, in bytes. */
const BYTES_PER_CHARACTER = 100;
const DOCUMENTS_BYTES = 64 * 1024 * 1024;

/** Documents, parsed and validated once and kept while they are asked for. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #known = new LRUCache<string, readonly PreparedOperation[]>({
    max: DOCUMENTS,
    maxSize: DOCUMENTS_BYTES,
    sizeCalculation: (_operations, query) => BYTES_PER_CHARACTER * (query.length + 1),
  });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /**
   * The operations of a document, or what is wrong with it, with its code.
   * @throws {RangeError} where it is nested deeper than the stack.
   */
  operations(query: string): readonly PreparedOperation[] | readonly GraphQLError[] {
    const known = this.#known.get(query);
    if (known) return known;
    const document = this.#parsedAndValid(query);
    if (!("kind" in document)) return document;
    const operations = document.definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((definition) => ({
        document,
        definition,
        plan: compileMutationPlan(this.#schema, document, definition),
      }));
    if (query.length <= LONGEST_DOCUMENT) this.#known.set(query, operations);
    return operations;
  }

  #parsedAndValid(query: string): DocumentNode | readonly GraphQLError[] {
    try {
      const document = parse(query);
      const errors = validate(this.#schema, document);
      if (errors.length === 0) return document;
      return errors.map((error) => coded("GRAPHQL_VALIDATION_FAILED", error));
    } catch (error) {
      if (error instanceof GraphQLError) return [coded("GRAPHQL_PARSE_FAILED", error)];
      throw error;
    }
  }
}

/** `GetOperation` (GraphQL specification, section 6.1): undefined where the name does not tell which. */
export function operationNamed(
  operations: readonly PreparedOperation[],
  name: string | null | undefined,
): PreparedOperation | undefined {
  if (name == null) return operations.length === 1 ? operations[0] : undefined;
  return operations.find(({ definition }) => definition.name?.value === name);
}

export function coded(code: string, error: GraphQLError): GraphQLError {
  error.extensions["code"] ??= code;
  return error;
}
