import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { compileMutationPlan, type MutationPlan } from "../plan/mutation-plan.ts";
import type { DocumentRules } from "./document-rules.ts";

/** One operation of a valid document. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly plan?: MutationPlan | undefined;
}

/** None that is longer is kept, in characters. */
const LONGEST_DOCUMENT = 16 * 1024;

/** A parsed document takes about a hundred times the room of its text; all together take so much, in bytes. */
const BYTES_PER_CHARACTER = 100;
const DOCUMENTS_BYTES = 64 * 1024 * 1024;

/** Documents, parsed and validated once and kept while they are asked for. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #rules: DocumentRules;
  readonly #known: LRUCache<string, readonly PreparedOperation[]>;

  /** `most` documents are kept; the least recently asked for goes first. */
  constructor(schema: GraphQLSchema, rules: DocumentRules, most: number) {
    this.#schema = schema;
    this.#rules = rules;
    this.#known = new LRUCache({
      max: most,
      maxSize: DOCUMENTS_BYTES,
      sizeCalculation: (_operations, query) => BYTES_PER_CHARACTER * (query.length + 1),
    });
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

  /** A document that is kept, and so is valid. */
  kept(query: string): DocumentNode | undefined {
    return this.#known.get(query)?.[0]?.document;
  }

  #parsedAndValid(query: string): DocumentNode | readonly GraphQLError[] {
    try {
      const document = this.#rules.parse(query);
      const errors = this.#rules.validate(document);
      return errors.length === 0 ? document : errors;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
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
