import type { DocumentNode, GraphQLError, Source } from "graphql";
import type { Plugin } from "graphql-yoga";
import { invariant } from "../../errors.ts";
import type { ErrorMask } from "../mask-error.ts";
import type { Documents, Looked } from "./documents.ts";
import type { PersistedOperations } from "./persisted-operations.ts";

/** What is done with documents. */
export interface DocumentHandling {
  readonly documents: Documents;
  /** Left out: any document may be executed. */
  readonly persisted?: PersistedOperations | undefined;
  readonly errors: ErrorMask;
}

/** Of what Yoga is handed with each request. */
interface LookedAt {
  readonly looked?: Looked | undefined;
}

/**
 * Has Yoga take documents as everything else does, and not look again at what a lane has looked at. Of the errors
 * that it meets there Yoga masks none by itself.
 */
export function applyDocumentRules({
  documents,
  persisted,
  errors,
}: DocumentHandling): Plugin<LookedAt> {
  const wrong = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  return {
    onParams({ params, setParams }) {
      if (!persisted) return;
      try {
        setParams({ ...params, query: persisted.documentOf(params) });
      } catch (error) {
        throw errors.mask(error);
      }
    },
    onParse({ context, setParseFn }) {
      setParseFn((source: string | Source) => {
        try {
          const text = typeof source === "string" ? source : source.body;
          const looked = context.looked ?? documents.looked(text);
          if (!looked.document) throw looked.errors[0];
          wrong.set(looked.document, looked.errors);
          return looked.document;
        } catch (error) {
          throw errors.mask(error);
        }
      });
    },
    onValidate({ setValidationFn }) {
      setValidationFn((_schema, document: DocumentNode) => {
        const found = wrong.get(document);
        invariant(found, "what Yoga validates was parsed here");
        return found.map((error) => errors.mask(error));
      });
    },
  };
}
