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
import { withoutStacks } from "./without-stacks.ts";

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

/** What was found of a document: it itself, where it could be parsed, and what is wrong with it. */
export interface Looked {
  readonly document?: DocumentNode;
  readonly errors: readonly GraphQLError[];
}

/** Documents, parsed and validated; those that are valid once, and kept while they are asked for. */
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
   * The operations of a document, or what was found of one that is wrong, with codes.
   * @throws {RangeError} where it is nested deeper than the stack.
   */
  operations(query: string): readonly PreparedOperation[] | Looked {
    const isShort = query.length <= LONGEST_DOCUMENT;
    const known = isShort ? this.#known.get(query) : undefined;
    if (known) return known;
    const looked = this.#look(query);
    const { document, errors } = looked;
    if (!document || errors.length > 0) return looked;
    const operations = document.definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((definition) => ({
        document,
        definition,
        plan: compileMutationPlan(this.#schema, document, definition),
      }));
    if (isShort) this.#known.set(query, operations);
    return operations;
  }

  /**
   * A document and what is wrong with it, looked at again only where it is not kept.
   * @throws {RangeError} where it is nested deeper than the stack.
   */
  looked(query: string): Looked {
    const valid = this.#known.get(query)?.[0]?.document;
    return valid ? { document: valid, errors: [] } : this.#look(query);
  }

  #look(query: string): Looked {
    const look = (): Looked => {
      const document = this.#rules.parse(query);
      return { document, errors: this.#rules.validate(document) };
    };
    try {
      return withoutStacks(look);
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      // It is no error of the document's: once more, so that it says where it comes from.
      return look();
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
