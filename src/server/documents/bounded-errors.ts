import { GraphQLError, type ASTNode, type SourceLocation } from "graphql";

/**
 * Whoever makes an error anew from one that points somewhere has graphql-js count the lines before that: so many lines
 * for all errors of one document, which takes about a millisecond.
 */
export const MOST_LINES = 20_000;

/** Of all messages of one document, in characters. */
const MOST_TEXT = 16_384;

/** Of one message, in characters: names and values in it may be as long as the document. */
const LONGEST_MESSAGE = 4_096;

/**
 * What is told of one document's errors, with their locations, which `validateUnlocated` leaves out: the first of
 * them, as many as can be told without work and answers far larger than the document is; one at least.
 */
export function boundedErrors(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  const told: GraphQLError[] = [];
  let [lines, text] = [MOST_LINES, MOST_TEXT];
  for (const error of errors) {
    const places = (error.nodes ?? []).flatMap(placesOf);
    const within = places.filter(({ location }) => (lines -= location.line) >= 0);
    text -= Math.min(error.message.length, LONGEST_MESSAGE);
    const isAll = within.length === places.length && text >= 0;
    if (!isAll && told.length > 0) break;
    told.push(pointingAt(error, isAll ? places : places.slice(0, Math.max(1, within.length))));
  }
  return told;
}

interface Place {
  readonly node: ASTNode;
  readonly position: number;
  readonly location: SourceLocation;
}

/** Tokens know their lines: nothing has to be counted. */
function placesOf(node: ASTNode): readonly Place[] {
  if (!node.loc) return [];
  const { line, column } = node.loc.startToken;
  return [{ node, position: node.loc.start, location: { line, column } }];
}

function pointingAt(error: GraphQLError, places: readonly Place[]): GraphQLError {
  const { message } = error;
  if (message.length > LONGEST_MESSAGE) error.message = `${message.slice(0, LONGEST_MESSAGE)}…`;
  // graphql-js has one error of that kind for all documents, which others would write into.
  if (places.length === 0) return new GraphQLError(error.message);
  return Object.assign(error, {
    nodes: places.map(({ node }) => node),
    positions: places.map(({ position }) => position),
    locations: places.map(({ location }) => location),
  });
}
