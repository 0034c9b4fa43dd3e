/** Those of `queues` that subscriptions are fed from: not the one where what they drop is counted. */
export function tapQueuesAmong<Queue extends { readonly name: string }>(
  queues: readonly Queue[],
): Queue[] {
  return queues.filter(({ name }) => !/^gql\.[^.]+\.canary\./.test(name));
}
