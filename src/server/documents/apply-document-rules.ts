import type { DocumentNode, Source } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { ErrorMask } from "../mask-error.ts";
import type { DocumentRules } from "./document-rules.ts";
import type { Documents } from "./documents.ts";
import type { PersistedOperations } from "./persisted-operations.ts";

/** What is done with documents. */
export interface DocumentHandling {
  readonly rules: DocumentRules;
  readonly documents: Documents;
  /** Left out: any document may be executed. */
  readonly persisted?: PersistedOperations | undefined;
  readonly errors: ErrorMask;
}

/**
 * Has Yoga parse and validate as everything else does, and take what is kept already. Of the errors that
 * it meets there Yoga masks none by itself.
 */
export function applyDocumentRules({
  rules,
  documents,
  persisted,
  errors,
}: DocumentHandling): Plugin {
  const valid = new WeakSet<DocumentNode>();
  return {
    onParams({ params, setParams }) {
      if (!persisted) return;
      try {
        setParams({ ...params, query: persisted.documentOf(params) });
      } catch (error) {
        throw errors.mask(error);
      }
    },
    onParse({ setParseFn }) {
      setParseFn((source: string | Source) => {
        const kept = documents.kept(typeof source === "string" ? source : source.body);
        if (kept) valid.add(kept);
        try {
          return kept ?? rules.parse(source);
        } catch (error) {
          throw errors.mask(error);
        }
      });
    },
    onValidate({ setValidationFn }) {
      setValidationFn((_schema, document: DocumentNode) =>
        valid.has(document) ? [] : rules.validate(document).map((error) => errors.mask(error)),
      );
    },
  };
}
