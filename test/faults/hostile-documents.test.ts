import { setTimeout as wait } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { PUBLISH } from "../conformance/graphql/support/documents.ts";
import { startGatewayProcess } from "../harness/gateway-process.ts";
import { HOSTILE_DOCUMENTS } from "../harness/hostile-documents.ts";
import { httpClient, type GraphqlClient } from "../harness/load/graphql-client.ts";
import { measured, shortOrLong } from "./support/measured.ts";

const REFUSED = new Set(["LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
const PER_SECOND = 1_000;
/** Each on a connection of its own. */
const ATTACKERS = 32;

test(
  "fault 50: hostile documents are each refused, and those who ask for nothing odd are answered beside them",
  { timeout: 120_000 },
  async () => {
    const gateway = await startGatewayProcess({});
    onTestFinished(() => gateway.close());
    const client = (): GraphqlClient => {
      const opened = httpClient(gateway.graphqlUrl);
      onTestFinished(() => opened.close());
      return opened;
    };
    const forMs = shortOrLong(2_000, 20_000);

    const hostile = Object.values(HOSTILE_DOCUMENTS);
    const refusals: number[] = [];
    const accepted: string[] = [];
    const startedAt = performance.now();
    /** One document after another, each in its time: `place` is the attacker's among all of them. */
    async function attack(place: number): Promise<void> {
      const own = client();
      for (let sent = 0; performance.now() - startedAt < forMs; sent++) {
        const dueMs = ((sent * ATTACKERS + place) / PER_SECOND) * 1_000;
        await until(startedAt + dueMs);
        const document = hostile[(sent * ATTACKERS + place) % hostile.length] ?? "";
        const { tookMs, codes } = await timed(own, document, {});
        refusals.push(tookMs);
        if (codes.length === 0 || !codes.every((code) => REFUSED.has(code)))
          accepted.push(`${codes.join()}: ${document.slice(0, 60)}`);
      }
    }

    const healthy: number[] = [];
    const over = new AbortController();
    async function work(): Promise<void> {
      const own = client();
      const input = { exchange: "amq.fanout", body: { text: "a message" } };
      while (!over.signal.aborted) {
        const { tookMs, codes } = await timed(own, PUBLISH, { input });
        expect(codes).toEqual([]);
        healthy.push(tookMs);
      }
    }

    const working = Promise.all(Array.from({ length: 4 }, work));
    await Promise.all(Array.from({ length: ATTACKERS }, (_, place) => attack(place)));
    over.abort();
    await working;

    measured(
      "50",
      `${refusals.length} hostile documents in ${(forMs / 1_000).toFixed(0)} s: refused in ${percentile(refusals, 0.5)} ms (p50) and ` +
        `${percentile(refusals, 0.99)} ms (p99); ${healthy.length} publishes beside them in ${percentile(healthy, 0.5)} and ${percentile(healthy, 0.99)} ms`,
    );
    expect(accepted).toEqual([]);
    expect(healthy.length).toBeGreaterThan(0);
  },
);

/** Resolves at `atMs` of `performance.now`, or on the next turn where that is past. */
async function until(atMs: number): Promise<void> {
  await wait(Math.max(0, atMs - performance.now()));
}

async function timed(
  client: GraphqlClient,
  document: string,
  variables: Record<string, unknown>,
): Promise<{ tookMs: number; codes: readonly string[] }> {
  const startedAt = performance.now();
  const { errors = [] } = await client.execute(document, variables, AbortSignal.timeout(30_000));
  const codes = errors.map(({ extensions }) => String(extensions?.["code"]));
  return { tookMs: performance.now() - startedAt, codes };
}

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
}
