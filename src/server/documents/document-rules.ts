import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { CodedError } from "../../errors.ts";
import { DocumentSizes, type DocumentSize } from "./document-size.ts";
import { boundedErrors, MOST_LINES } from "./bounded-errors.ts";
import { validateUnlocated } from "./validate-unlocated.ts";

/** What a document may hold. */
export interface DocumentLimits {
  readonly maxDocumentCharacters: number;
  readonly maxDocumentTokens: number;
  readonly maxDocumentDepth: number;
  readonly maxDocumentAliases: number;
  readonly maxDocumentDirectives: number;
  readonly maxDocumentCost: number;
  /** Whether `__schema` and `__type` may be asked for. */
  readonly introspection: boolean;
  /** Whether errors name what is spelled nearly so. */
  readonly suggestions: boolean;
}

const COUNTED = {
  depth: { limit: "maxDocumentDepth", what: "fields inside each other" },
  aliases: { limit: "maxDocumentAliases", what: "aliases" },
  directives: { limit: "maxDocumentDirectives", what: "directives" },
  cost: { limit: "maxDocumentCost", what: "points of cost" },
} as const satisfies Record<keyof DocumentSize, { limit: keyof DocumentLimits; what: string }>;

/** Parsing and validation as the gateway does them, whichever transport a document has come by. */
export class DocumentRules {
  readonly #limits: DocumentLimits;
  readonly #schema: GraphQLSchema;
  readonly #rules: typeof specifiedRules;

  constructor(schema: GraphQLSchema, limits: DocumentLimits) {
    this.#limits = limits;
    this.#schema = schema;
    this.#rules = limits.introspection
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  }

  /**
   * @throws {GraphQLError} GRAPHQL_PARSE_FAILED, or LIMIT_EXCEEDED where it has too many characters or tokens.
   * @throws {RangeError} where it is nested deeper than the stack.
   */
  parse(text: string): DocumentNode {
    const { maxDocumentCharacters: most, maxDocumentTokens: maxTokens } = this.#limits;
    if (text.length > most)
      throw pastLimit(
        "maxDocumentCharacters",
        `The document has ${text.length} characters; at most ${most} are taken`,
      );
    try {
      return parse(text, { maxTokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      throw isPastTokens(error)
        ? pastLimit("maxDocumentTokens", `The document has more than ${maxTokens} tokens`, error)
        : coded("GRAPHQL_PARSE_FAILED", error);
    }
  }

  /** What is wrong with a document, with its code: LIMIT_EXCEEDED or GRAPHQL_VALIDATION_FAILED. */
  validate(document: DocumentNode): readonly GraphQLError[] {
    const tooLarge = this.#tooLarge(document);
    if (tooLarge) return [tooLarge];
    const hideSuggestions =
      !this.#limits.suggestions || lengthOf(document) > LONGEST_WITH_SUGGESTIONS;
    const found = validateUnlocated(this.#schema, document, this.#rules, { hideSuggestions });
    return boundedErrors(found).map((error) => coded("GRAPHQL_VALIDATION_FAILED", error));
  }

  #tooLarge(document: DocumentNode): GraphQLError | undefined {
    const sizes = new DocumentSizes(document);
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const size = sizes.of(definition);
      for (const counted of MEASURES) {
        const { limit, what } = COUNTED[counted];
        if (size[counted] <= this.#limits[limit]) continue;
        const text = `The operation has ${Math.ceil(size[counted])} ${what}; at most ${this.#limits[limit]} are taken`;
        return pastLimit(limit, text, new GraphQLError(text, { nodes: definition }));
      }
    }
    return undefined;
  }
}

function pastLimit(limit: keyof DocumentLimits, message: string, at?: GraphQLError): GraphQLError {
  const isFar = at?.locations?.some(({ line }) => line > MOST_LINES) === true;
  const { source = null, positions = null } = isFar ? {} : (at ?? {});
  const originalError = new CodedError("LIMIT_EXCEEDED", message, { limit });
  const extensions = { code: originalError.code };
  return new GraphQLError(message, { source, positions, originalError, extensions });
}

const MEASURES = Object.keys(COUNTED) as readonly (keyof DocumentSize)[];

/** What is nearly like a name takes as long to find as the name's square, in characters of the document. */
const LONGEST_WITH_SUGGESTIONS = 16 * 1024;

function lengthOf({ loc }: DocumentNode): number {
  return loc ? loc.end : 0;
}

/** graphql-js says it in words alone. */
function isPastTokens(error: GraphQLError): boolean {
  return error.message.startsWith("Syntax Error: Document contains more tha");
}

export function coded(code: string, error: GraphQLError): GraphQLError {
  error.extensions["code"] ??= code;
  return error;
}
