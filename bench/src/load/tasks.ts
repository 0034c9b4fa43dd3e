import { delivering, type DeliveringTask } from "./delivering.ts";
import { fanOut, type FanOutTask } from "./fan-out.ts";
import { idle, type IdleMemory, type IdleTask } from "./idle.ts";
import { latency, type Latency, type LatencyTask } from "./latency.ts";
import { neighbours, type Neighbours, type NeighboursTask } from "./neighbours.ts";
import { patternsReference } from "./patterns-reference.ts";
import { patterns, type Patterns, type PatternsTask } from "./patterns.ts";
import { publishing, type Publishing, type PublishingTask } from "./publishing.ts";
import { requesting, type RequestingTask } from "./requesting.ts";
import { stoppedReader, type StoppedReader, type StoppedReaderTask } from "./stopped-reader.ts";
import type { Work } from "./stretch.ts";

/** What the load process can be asked to do, one at a time, and what it answers with. */
export interface Tasks {
  readonly delivering: { readonly task: DeliveringTask; readonly result: Work };
  readonly fanOut: { readonly task: FanOutTask; readonly result: Work };
  readonly idle: { readonly task: IdleTask; readonly result: IdleMemory };
  readonly latency: { readonly task: LatencyTask; readonly result: Latency };
  readonly neighbours: { readonly task: NeighboursTask; readonly result: Neighbours };
  readonly patterns: { readonly task: PatternsTask; readonly result: Patterns };
  readonly patternsReference: { readonly task: PatternsTask; readonly result: Patterns };
  readonly publishing: { readonly task: PublishingTask; readonly result: Publishing };
  readonly requesting: { readonly task: RequestingTask; readonly result: Work };
  readonly stoppedReader: { readonly task: StoppedReaderTask; readonly result: StoppedReader };
}
export type TaskName = keyof Tasks;

export type TaskRequest<Name extends TaskName = TaskName> = {
  [N in Name]: { readonly name: N; readonly task: Tasks[N]["task"] };
}[Name];

export type TaskAnswer = { readonly result: unknown } | { readonly error: string };

const TASKS: { [N in TaskName]: (task: Tasks[N]["task"]) => Promise<Tasks[N]["result"]> } = {
  delivering,
  fanOut,
  idle,
  latency,
  neighbours,
  patterns,
  patternsReference,
  publishing,
  requesting,
  stoppedReader,
};

export function perform<Name extends TaskName>({
  name,
  task,
}: TaskRequest<Name>): Promise<Tasks[Name]["result"]> {
  return TASKS[name](task);
}
