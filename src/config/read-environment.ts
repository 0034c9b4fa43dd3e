import type { ConfigProblem } from "./config-error.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type GivenSetting, type GivenSettings, givenText } from "./given-settings.ts";
import { SETTING_NAMES, VARIABLE_PREFIX, variableOf } from "./setting-names.ts";
import type { SettingName } from "./settings.ts";

const VARIABLES: ReadonlyMap<string, SettingName> = new Map(
  SETTING_NAMES.map((name) => [variableOf(name), name]),
);

/**
 * The variables that Kubernetes puts into every pod beside a Service named `rabbitql` or
 * `rabbitql-something` (Kubernetes, "Accessing the Service", environment variables).
 */
const SERVICE_LINK =
  /^RABBITQL_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** The settings in the environment. An empty variable counts as not set; a RABBITQL_ variable that is none is a problem. */
export function readEnvironment(env: Readonly<NodeJS.ProcessEnv>): GivenSettings {
  const settings = new Map<SettingName, GivenSetting>();
  const problems: ConfigProblem[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!value) continue;
    const name = VARIABLES.get(variable);
    if (name) {
      settings.set(name, givenText(name, variable, value));
    } else if (variable.startsWith(VARIABLE_PREFIX) && !isServiceLink(variable, value)) {
      const suggestion = didYouMean(variable, VARIABLES.keys());
      problems.push({ setting: variable, problem: `no such setting${suggestion}` });
    }
  }
  return { settings, problems };
}

function isServiceLink(variable: string, value: string): boolean {
  if (SERVICE_LINK.test(variable)) return true;
  return variable.endsWith("_PORT") && /^(?:tcp|udp|sctp):\/\//.test(value);
}
