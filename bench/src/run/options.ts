import { parseArgs } from "node:util";
import type { GivenBroker } from "./broker.ts";

export interface Options {
  readonly rounds: number;
  readonly measureMs: number;
  readonly warmUpMs: number;
  /** Rows whose names match are run. */
  readonly rows: RegExp;
  /** Of their targets those are run whose names match. */
  readonly targets: RegExp;
  /** No row has more subscribers or patterns than so many. */
  readonly most: number;
  /** Only the rows that a short run has. */
  readonly short: boolean;
  readonly json: string | undefined;
  /** Keeps the rows' results, and writes the tables of all that are kept. */
  readonly writeReadme: boolean;
  /** The folder for CPU profiles of gateways. */
  readonly profile: string | undefined;
  readonly pin: boolean;
  readonly list: boolean;
  readonly broker: GivenBroker | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]

  --rows <pattern>        Run the rows whose names match this regular expression
  --targets <pattern>     Of their targets, run those whose names match; ratios need the reference too
  --rounds <number>       Rounds of each row; default 5
  --seconds <number>      What is measured of each round; default 5
  --warm-up <number>      Seconds of the same work before that; default 1
  --most <number>         No row has more subscribers than so many
  --short                 One short round of a few small rows: whether everything works, not how fast
  --json <file>           Write everything measured to this file
  --write-readme          Keep what the rows gave in bench/results, and put the tables of all rows that
                          are kept there into bench/README.md: a long run can be done in parts
  --profile <folder>      Write CPU profiles of the gateway to <folder>/ROW/TARGET, and print where its
                          time went; the figures are not those of a gateway without a profiler
  --no-pin                Leave all processes on all cores
  --amqp-url <url>        Use this RabbitMQ instead of one started for it, with
  --management-url <url>  its management API
  --list                  Print the rows' names
`;

/** Whether everything works, in seconds. */
const SHORT = { rounds: "1", seconds: "0.2", "warm-up": "0.1", most: "20" };
const LONG = { rounds: "5", seconds: "5", "warm-up": "1", most: "Infinity" };

/** @throws {TypeError} at an option that there is not, {RangeError} at a number that is none. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "" },
      targets: { type: "string", default: "" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      "warm-up": { type: "string" },
      most: { type: "string" },
      short: { type: "boolean", default: false },
      json: { type: "string" },
      "write-readme": { type: "boolean", default: false },
      profile: { type: "string" },
      pin: { type: "boolean", default: true },
      "amqp-url": { type: "string" },
      "management-url": { type: "string" },
      list: { type: "boolean", default: false },
    },
    allowNegative: true,
  });
  const numbers = values.short ? SHORT : LONG;
  const number = (name: keyof typeof numbers) => {
    const value = Number(values[name] ?? numbers[name]);
    if (value > 0) return value;
    throw new RangeError(`--${name} takes a number above 0, not ${values[name]}`);
  };
  const { "amqp-url": amqpUrl, "management-url": managementUrl } = values;
  if ((amqpUrl === undefined) !== (managementUrl === undefined))
    throw new RangeError("--amqp-url and --management-url go together");
  const partial = values.short || values.targets !== "" || values.most !== undefined;
  if (values["write-readme"] && (partial || values.profile !== undefined))
    throw new RangeError(
      "--write-readme is for whole rows: not with --short, --targets, --most or --profile",
    );
  return {
    rounds: number("rounds"),
    measureMs: number("seconds") * 1000,
    warmUpMs: number("warm-up") * 1000,
    most: number("most"),
    rows: new RegExp(values.rows),
    targets: new RegExp(values.targets),
    short: values.short,
    json: values.json,
    writeReadme: values["write-readme"],
    profile: values.profile,
    pin: values.pin,
    list: values.list,
    broker:
      amqpUrl !== undefined && managementUrl !== undefined ? { amqpUrl, managementUrl } : undefined,
  };
}
