/** What an exchange's name, and where it says so its keys or headers, can be granted for. */
export const EXCHANGE_ACTIONS = ["publish", "subscribe", "request", "configure", "read"] as const;
export type ExchangeAction = (typeof EXCHANGE_ACTIONS)[number];

/** What a queue's name can be granted for. */
export const QUEUE_ACTIONS = ["publish", "consume", "configure", "read"] as const;
export type QueueAction = (typeof QUEUE_ACTIONS)[number];

export type Action = ExchangeAction | QueueAction;
export const ACTIONS: readonly Action[] = [...new Set([...EXCHANGE_ACTIONS, ...QUEUE_ACTIONS])];
