import { onTestFinished, expect, test } from "vitest";
import { startGateway } from "../../harness/gateway.ts";
import { Example } from "./example.ts";

/** Eight processes, one after the other for the most part. */
const LONG_MS = 60_000;

test(
  "the example of a job board has the most urgent job done first, and what is done is gone from it",
  async () => {
    const gateway = await startGateway({ broker: "rabbitmq" });
    onTestFinished(() => gateway.close());
    const board = (...words: string[]) =>
      Example.start("priority-job-board/board.ts", words, { RABBITQL_URL: gateway.graphqlUrl });

    await board("post", "1", "Water the plants").ended();
    await board("post", "5", "Sweep the yard").ended();
    await board("post", "9", "Mend the roof").ended();
    await board("post", "5", "Feed the cat").ended();
    const shown = [
      "9  Mend the roof",
      "5  Sweep the yard",
      "5  Feed the cat",
      "1  Water the plants",
    ];
    expect(await board("show").ended()).toEqual(shown);

    const ada = board("work", "Ada");
    expect(await ada.linesUntil((line) => line.includes("plants"))).toEqual(
      shown.map((job) => `Ada did ${job}`),
    );
    const bob = board("work", "Bob");
    await Promise.all([board("post", "1", "Bake").ended(), board("post", "1", "Brew").ended()]);
    const did = await Promise.race([ada.line(), bob.line()]);
    expect(did).toMatch(/^(Ada|Bob) did 1 {2}(Bake|Brew)$/);
    await ada.kill();
    await bob.kill();
    expect(await board("show").ended()).not.toContain(did?.replace(/^\w+ did /, ""));
  },
  LONG_MS,
);
