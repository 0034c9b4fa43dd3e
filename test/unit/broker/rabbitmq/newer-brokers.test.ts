import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/**
 * What RabbitMQ 4.3 refuses and the RabbitMQ of these tests may still take ("Deprecated Features"): so
 * that nobody finds out in production, it is looked for in the source.
 */
const source = fileURLToPath(new URL("../../../../src/", import.meta.url));
const files = readdirSync(source, { encoding: "utf8", recursive: true })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(`${source}${name}`, "utf8") }));

const filesWith = (pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

describe("the source never sends what RabbitMQ 4.3 refuses:", () => {
  test("x-queue-mode and x-queue-version", () => {
    expect(filesWith(/\bqueueMode\b|"x-queue-(?:mode|version)"(?:\s*:|\]\s*=[^=])/)).toEqual([]);
    // It refuses those that a client asks for.
    expect(filesWith(/"x-queue-(?:mode|version)"/)).toEqual(["broker/rabbitmq/check-queue.ts"]);
  });

  test("a prefetch for a whole channel", () => {
    const asking = files.flatMap(({ text }) => text.match(/call\(BASIC_QOS,[^;]*;/g) ?? []);
    expect(asking).toEqual([expect.stringContaining("bits(false)")]);
  });

  test("queues that are neither durable nor exclusive", () => {
    const declaring = files.filter(({ text }) => /\bchannel\.(?:declare|assert)Queue\(/.test(text));
    expect(declaring.length).toBeGreaterThan(0);
    const unsure = declaring
      .filter(({ text }) => !/\bexclusive: true\b|\bdurable: true\b/.test(text))
      .map(({ name }) => name);
    // A client's own queue, which check-queue.ts looks at.
    expect(unsure).toEqual(["broker/rabbitmq/topology-commands.ts"]);
    expect(filesWith(/\bcheckQueue\(spec, capabilitiesOf/)).toEqual([
      "broker/rabbitmq/rabbitmq-adapter.ts",
    ]);
  });

  test("frames smaller than it shakes hands with", () => {
    const sizes = files.flatMap(({ text }) =>
      [...text.matchAll(/\bFRAME_MAX = ([\d_]+)/g)].map(([, size = ""]) =>
        Number(size.replaceAll("_", "")),
      ),
    );
    // RabbitMQ 4.1's handshake has frames of up to so many bytes.
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(8192);
    expect(sizes.length).toBeGreaterThan(0);
    expect(filesWith(/\bframeMax: \d/)).toEqual([]);
  });
});
