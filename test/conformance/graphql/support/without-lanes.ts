/** The same endpoint, in words that no lane takes: everything there is answered by Yoga. */
export function withoutLanes({ graphqlUrl }: { readonly graphqlUrl: string }): {
  readonly graphqlUrl: string;
} {
  // A bare "?" would not do: clients leave it out.
  return { graphqlUrl: `${graphqlUrl}?lanes=none` };
}
