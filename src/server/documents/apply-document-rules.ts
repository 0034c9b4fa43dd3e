import type { DocumentNode, Source } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { ErrorMask } from "../mask-error.ts";
import type { DocumentRules } from "./document-rules.ts";
import type { Documents } from "./documents.ts";

/**
 * Has Yoga parse and validate as everything else does, and take what is kept already. Of the errors that
 * it meets there Yoga masks none by itself.
 */
export function applyDocumentRules(
  rules: DocumentRules,
  documents: Documents,
  errors: ErrorMask,
): Plugin {
  const valid = new WeakSet<DocumentNode>();
  return {
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
