import { perform, type TaskAnswer, type TaskRequest } from "./tasks.ts";

async function answer(request: TaskRequest): Promise<TaskAnswer> {
  try {
    return { result: await perform(request) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on("message", (request: TaskRequest) => {
  void answer(request).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit());
