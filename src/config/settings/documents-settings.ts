import { wholeNumber } from "../number-settings.ts";
import { derivedToggle, file, toggle } from "../text-settings.ts";

export const DOCUMENT_SETTINGS = {
  production: toggle({
    description:
      "Defaults for the public: no GraphiQL, no introspection, no suggestions, and bounds on operations and sockets",
    default: false,
  }),
  introspection: derivedToggle({
    description: "Answer __schema and __type, which tell everything that can be asked",
    default: "false with production",
  }),
  suggestions: derivedToggle({
    description: "Name, in errors about documents, what is spelled nearly so",
    default: "false with production",
  }),
  maxDocumentCharacters: wholeNumber({
    description:
      "Characters of a GraphQL document, as UTF-16 has them; what is long belongs into variables",
    default: 131_072,
    min: 100,
    max: 100_000_000,
  }),
  maxDocumentTokens: wholeNumber({
    description: "Words and signs of a GraphQL document",
    default: 1000,
    min: 10,
    max: 1_000_000,
  }),
  maxDocumentDepth: wholeNumber({
    description: "Fields inside each other; introspection has a bound of its own",
    default: 6,
    min: 1,
    max: 100,
  }),
  maxDocumentAliases: wholeNumber({
    description: "Aliases in an operation, counted wherever a fragment brings them",
    default: 15,
    min: 0,
    max: 10_000,
  }),
  maxDocumentDirectives: wholeNumber({
    description: "Directives in an operation, counted wherever a fragment brings them",
    default: 50,
    min: 0,
    max: 10_000,
  }),
  maxDocumentCost: wholeNumber({
    description:
      "Cost of an operation: 1 for a leaf and 2 for an object, times 1.5 for each field that it is inside of",
    default: 5000,
    min: 1,
    max: 1_000_000,
  }),
  persistedOperations: file({
    description:
      "File of the only documents that are executed, by id: JSON of GraphQL Code Generator, or Apollo's manifest",
  }),
  keptDocuments: wholeNumber({
    description: "Documents kept parsed and validated, the latest asked for",
    default: 1000,
    min: 1,
    max: 100_000,
  }),
};
