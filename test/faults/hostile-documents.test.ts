import { expect, onTestFinished, test } from "vitest";
import { PUBLISH } from "../conformance/graphql/support/documents.ts";
import { startGatewayProcess } from "../harness/gateway-process.ts";
import { HOSTILE_DOCUMENTS } from "../harness/hostile-documents.ts";
import { httpClient, type GraphqlClient } from "../harness/load/graphql-client.ts";
import { measured, shortOrLong } from "./support/measured.ts";

const REFUSED = new Set(["LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
const PER_SECOND = 1_000;

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
    async function attack(own: GraphqlClient, document: string): Promise<void> {
      const { tookMs, codes } = await timed(own, document, {});
      refusals.push(tookMs);
      if (codes.length === 0 || !codes.every((code) => REFUSED.has(code)))
        accepted.push(`${codes.join()}: ${document.slice(0, 60)}`);
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
    const attackers = Array.from({ length: 32 }, client);
    const startedAt = performance.now();
    const attacks: Promise<void>[] = [];
    while (performance.now() - startedAt < forMs) {
      const due = ((performance.now() - startedAt) / 1_000) * PER_SECOND;
      for (let sent = attacks.length; sent < due; sent++) {
        const [own, document] = [
          attackers[sent % attackers.length],
          hostile[sent % hostile.length],
        ];
        if (own && document !== undefined) attacks.push(attack(own, document));
      }
      await new Promise(setImmediate);
    }
    await Promise.all(attacks);
    over.abort();
    await working;

    measured(
      "50",
      `${attacks.length} hostile documents in ${(forMs / 1_000).toFixed(0)} s: refused in ${percentile(refusals, 0.5)} ms (p50) and ` +
        `${percentile(refusals, 0.99)} ms (p99); ${healthy.length} publishes beside them in ${percentile(healthy, 0.5)} and ${percentile(healthy, 0.99)} ms`,
    );
    expect(accepted).toEqual([]);
    expect(healthy.length).toBeGreaterThan(0);
  },
);

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
