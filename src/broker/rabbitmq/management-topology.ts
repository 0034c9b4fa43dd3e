import { CodedError } from "../../errors.ts";
import type { Binding, BindingsOf, ExchangeDescription, QueueDescription } from "../topology.ts";
import { findManagementApi } from "./find-management-api.ts";
import { ManagementApi, ManagementTrouble, type ManagementAddress } from "./management-api.ts";
import {
  BINDING_COLUMNS,
  bindingIn,
  DELIVERY_LIMIT_COLUMNS,
  deliveryLimitIn,
  EXCHANGE_COLUMNS,
  exchangeIn,
  pageIn,
  QUEUE_COLUMNS,
  queueIn,
  rowsIn,
} from "./management-rows.ts";

const TIMEOUT_MS = 5_000;
const PAGE_ROWS = 500;
/** Of exchanges, or of queues, in one answer. */
const MAX_ROWS = 10_000;
/** Of one page, or of bindings, which the API does not divide into pages. */
const MAX_BYTES = 16 * 1024 ** 2;
/** Without statistics RabbitMQ answers at once and counts what is ready at that moment; consumers it does not. */
const COUNTED_NOW = "disable_stats=true&enable_queue_totals=true";
/** How the API writes the name of the default exchange in a path. */
const DEFAULT_EXCHANGE = "amq.default";

/** The exchanges, queues and bindings of a virtual host, from the management API: AMQP has no way to ask for them. */
export class ManagementTopology {
  readonly #api: ManagementApi;
  readonly #addresses: () => Promise<readonly ManagementAddress[]>;
  readonly #virtualHost: string;
  readonly #clusterName: () => string | undefined;
  /** The one that is known to be this broker's. */
  #found: ManagementAddress | undefined;

  /** `clusterName` is that of the broker at the other end of AMQP, by which its API is told from another's. */
  constructor(options: {
    addresses: () => Promise<readonly ManagementAddress[]>;
    virtualHost: string;
    clusterName: () => string | undefined;
    timeoutMs?: number;
  }) {
    this.#api = new ManagementApi(options.timeoutMs ?? TIMEOUT_MS);
    this.#addresses = options.addresses;
    this.#virtualHost = encodeURIComponent(options.virtualHost);
    this.#clusterName = options.clusterName;
  }

  async exchanges(): Promise<readonly ExchangeDescription[]> {
    const rows = await this.#pages("exchanges", `columns=${EXCHANGE_COLUMNS}`);
    return rows.map(exchangeIn);
  }

  async exchange(name: string): Promise<ExchangeDescription | undefined> {
    const path = `${this.#exchangePath(name)}?columns=${EXCHANGE_COLUMNS}`;
    return await this.#read(path, exchangeIn);
  }

  async queues(): Promise<readonly QueueDescription[]> {
    const rows = await this.#pages("queues", `${COUNTED_NOW}&columns=${QUEUE_COLUMNS}`);
    return rows.map(queueIn);
  }

  async queue(name: string): Promise<QueueDescription | undefined> {
    return await this.#read(`${this.#queuePath(name)}?columns=${QUEUE_COLUMNS}`, queueIn);
  }

  /** How often it redelivers a message, `unlessSaid` being the broker's own limit; undefined where there is no such queue. */
  async deliveryLimit(
    name: string,
    unlessSaid: number | undefined,
  ): Promise<number | "none" | undefined> {
    return await this.#read(
      `${this.#queuePath(name)}?columns=${DELIVERY_LIMIT_COLUMNS}`,
      (answer) => deliveryLimitIn(answer, unlessSaid),
    );
  }

  async bindings(of: BindingsOf): Promise<readonly Binding[]> {
    const path = `${this.#bindingsPath(of)}?columns=${BINDING_COLUMNS}`;
    const all = await this.#read(path, (answer) => rowsIn(answer).map(bindingIn));
    return (all ?? []).filter(({ source }) => source !== "");
  }

  close(): void {
    this.#api.close();
  }

  #exchangePath(name: string): string {
    const written = encodeURIComponent(name === "" ? DEFAULT_EXCHANGE : name);
    return `/api/exchanges/${this.#virtualHost}/${written}`;
  }

  #queuePath(name: string): string {
    return `/api/queues/${this.#virtualHost}/${encodeURIComponent(name)}`;
  }

  #bindingsPath(of: BindingsOf): string {
    if (of === "all") return `/api/bindings/${this.#virtualHost}`;
    if ("queue" in of) return `${this.#queuePath(of.queue)}/bindings`;
    return `${this.#exchangePath(of.source)}/bindings/source`;
  }

  async #pages(what: "exchanges" | "queues", query: string): Promise<readonly unknown[]> {
    const rows: unknown[] = [];
    for (let page = 1; ; page++) {
      const place = `page=${page}&page_size=${PAGE_ROWS}`;
      const path = `/api/${what}/${this.#virtualHost}?${place}&${query}`;
      const found = await this.#read(path, pageIn);
      if (!found) throw unreachable(new ManagementTrouble("no such virtual host"));
      if (found.total > MAX_ROWS) throw tooMany(what);
      rows.push(...found.items);
      if (page >= found.pages) return rows;
    }
  }

  /** Undefined for 404. Rejects with a {@link CodedError}. */
  async #read<T>(path: string, understood: (answer: unknown) => T): Promise<T | undefined> {
    try {
      return understood(await this.#get(path));
    } catch (error) {
      if (!(error instanceof ManagementTrouble)) throw error;
      if (error.status === 404) return undefined;
      if (error.isTooLong) throw tooMany("rows");
      if (error.isLate && this.#found) throw late(error);
      this.#found = undefined;
      throw unreachable(error);
    }
  }

  async #get(path: string): Promise<unknown> {
    if (this.#found) {
      try {
        return await this.#api.get(this.#found, path, { maxBytes: MAX_BYTES });
      } catch (error) {
        // Of a cluster another node may answer, and a file may hold another password by now.
        const isElsewhere =
          error instanceof ManagementTrouble &&
          (error.status === undefined || error.status === 401) &&
          !error.isTooLong &&
          !error.isLate;
        if (!isElsewhere) throw error;
      }
    }
    const address = await this.#find();
    this.#found = address;
    return await this.#api.get(address, path, { maxBytes: MAX_BYTES });
  }

  #find(): Promise<ManagementAddress> {
    this.#found = undefined;
    return findManagementApi(this.#api, this.#addresses, this.#clusterName());
  }
}

const INSTEAD =
  "enable RabbitMQ's plugin rabbitmq_management, give the gateway's user the tag management, and set management-url where the API is not at its usual port";

function unreachable(trouble: ManagementTrouble): CodedError {
  return new CodedError(
    "NOT_SUPPORTED",
    `Reading this takes RabbitMQ's management API, which cannot be asked; ${INSTEAD}`,
    { cause: trouble },
  );
}

function late(trouble: ManagementTrouble): CodedError {
  return new CodedError(
    "REQUEST_TIMEOUT",
    "RabbitMQ's management API did not answer in time; try again",
    { cause: trouble },
  );
}

function tooMany(what: string): CodedError {
  return new CodedError(
    "LIMIT_EXCEEDED",
    `There are more ${what} than one answer may hold (${MAX_ROWS}, and ${MAX_BYTES} bytes); ask for them by name`,
  );
}
