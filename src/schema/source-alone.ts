/**
 * Marks an object type whose resolvers are functions of their source alone: what they answer is the
 * same for everyone, so that it may be worked out once for many. A type without the mark is resolved
 * for each operation by itself.
 */
export const SOURCE_ALONE = { sourceAlone: true } as const;

export function isSourceAlone(type: { readonly extensions: object }): boolean {
  return "sourceAlone" in type.extensions && type.extensions.sourceAlone === true;
}
