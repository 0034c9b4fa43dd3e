import type { ConnectionState } from "../status.ts";
import type { SupervisedState } from "./supervisor.ts";

/** From the one that says most about the whole to the one that says least. */
const GRAVEST_FIRST: readonly ConnectionState[] = [
  "closed",
  "disconnected",
  "connecting",
  "blocked",
  "connected",
];

/** The state of several connections as one: that of the one in the gravest state. */
export function combinedState(states: readonly SupervisedState[]): SupervisedState {
  for (const state of GRAVEST_FIRST) {
    const found = states.find((candidate) => candidate.state === state);
    if (found) return { ...found, since: new Date() };
  }
  return { state: "connected", since: new Date() };
}
