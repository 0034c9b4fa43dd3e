/** The value of a series of a gateway's /metrics, as it is written there: `name{label="value"}`; 0 where there is none. */
export async function metricOf({ url }: { url: string }, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

export const CONNECTIONS = ["publishing", "consuming", "control", "working"] as const;

/** How often each connection to the broker was opened. */
export async function timesOpened(gateway: { url: string }): Promise<readonly number[]> {
  return await Promise.all(
    CONNECTIONS.map((connection) =>
      metricOf(gateway, `rabbitql_broker_connections_opened_total{connection="${connection}"}`),
    ),
  );
}
