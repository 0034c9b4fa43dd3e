import { validate } from "graphql";

/**
 * graphql-js' `validate`, with errors that have `nodes` and no `locations` that hold: it would count the lines from
 * the beginning of the text for every node that an error points at, in a text of lines alone for seconds. So there
 * is no text while it validates; `boundedErrors` makes the locations.
 */
export const validateUnlocated: typeof validate = (schema, document, ...rest) => {
  const source = document.loc?.source;
  if (!source) return validate(schema, document, ...rest);
  const { body } = source;
  source.body = "";
  try {
    return validate(schema, document, ...rest);
  } finally {
    source.body = body;
  }
};
