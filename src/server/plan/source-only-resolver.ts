import type { GraphQLField } from "graphql";
import { NotPlanned } from "./not-planned.ts";

/** The mark of its type says so; one that declares more parameters contradicts it. */
export function sourceOnlyResolver({
  name,
  resolve,
}: GraphQLField<unknown, unknown>): (source: unknown) => unknown {
  if (!resolve) return (source) => ownProperty(source, name);
  if (resolve.length > 1) throw new NotPlanned();
  return resolve as (source: unknown) => unknown;
}

/** graphql-js's default resolver, but for functions, which would be called with the context. */
function ownProperty(source: unknown, name: string): unknown {
  const value: unknown = (source as Readonly<Record<string, unknown>>)[name];
  if (typeof value === "function") throw new NotPlanned();
  return value;
}
