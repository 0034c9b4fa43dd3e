import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { serverAudits } from "graphql-http";
import { describe, expect, test } from "vitest";
import { metricOf } from "../../harness/metric.ts";
import { sharedGateway } from "./support/shared-gateway.ts";

const MAX_REQUEST_BYTES = 131_072;

describe("GraphQL over HTTP", () => {
  const gateway = sharedGateway({
    broker: "embedded",
    maxMessageBytes: 1024,
    maxRequestBytes: MAX_REQUEST_BYTES,
    maxDocumentCharacters: MAX_REQUEST_BYTES,
  });

  /** A query padded to so many bytes, sent in one piece or in many. */
  async function post(bytes: number, framing: "told" | "chunked") {
    const [before, after] = ['{"query":"{ broker { kind } }', '"}'];
    const padding = " ".repeat(bytes - before.length - after.length);
    const sending = request(gateway().graphqlUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(framing === "told" && { "content-length": bytes }),
      },
    });
    const answered = once(sending, "response") as Promise<[IncomingMessage]>;
    for (const part of [before, padding, after]) sending.write(part);
    sending.end();
    const [response] = await answered;
    return { status: response.statusCode, body: await json(response) };
  }

  test("passes every audit of graphql-http", async () => {
    const audits = serverAudits({ url: gateway().graphqlUrl });
    const failed: string[] = [];
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== "ok") failed.push(`${audit.id} ${audit.name}: ${result.reason}`);
    }
    expect(failed).toEqual([]);
    expect(audits).toHaveLength(61);
  });

  test.for(["told", "chunked"] as const)(
    "takes a request up to its bound, its length %s",
    async (framing) => {
      expect(await post(MAX_REQUEST_BYTES, framing)).toEqual({
        status: 200,
        body: { data: { broker: { kind: "EMBEDDED" } } },
      });
    },
  );

  test.for(["told", "chunked"] as const)("refuses a larger one, its length %s", async (framing) => {
    expect(await post(MAX_REQUEST_BYTES + 1, framing)).toEqual({
      status: 413,
      body: {
        errors: [
          {
            message: `The request is larger than ${MAX_REQUEST_BYTES} bytes`,
            extensions: { code: "LIMIT_EXCEEDED" },
          },
        ],
      },
    });
    const counted = 'rabbitql_refused_total{limit="maxRequestBytes"}';
    expect(await metricOf(gateway(), counted)).toBeGreaterThan(0);
  });
});
