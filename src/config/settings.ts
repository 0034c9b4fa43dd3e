import { HTTP_SETTINGS } from "./settings/http-settings.ts";
import { AUTHENTICATION_SETTINGS } from "./settings/authentication-settings.ts";
import { BROKER_SETTINGS } from "./settings/broker-settings.ts";
import { PUBLISHING_SETTINGS } from "./settings/publishing-settings.ts";
import { SUBSCRIBING_SETTINGS } from "./settings/subscribing-settings.ts";
import { WORK_SETTINGS } from "./settings/work-settings.ts";
import { DEAD_LETTERS_AND_REQUESTS_SETTINGS } from "./settings/dead-letters-and-requests-settings.ts";
import { CALLER_SETTINGS } from "./settings/callers-settings.ts";
import { DOCUMENT_SETTINGS } from "./settings/documents-settings.ts";
import { REPLAY_SETTINGS } from "./settings/replaying-settings.ts";
import { OPERATION_SETTINGS } from "./settings/operation-settings.ts";

/**
 * Every setting there is, by what it is about. This is the one table: the types, the checks, flags,
 * environment variables, `--help` and the README's table all come from it.
 */
export const SETTING_GROUPS = {
  "HTTP and WebSocket": HTTP_SETTINGS,
  Authentication: AUTHENTICATION_SETTINGS,
  Broker: BROKER_SETTINGS,
  Publishing: PUBLISHING_SETTINGS,
  Subscribing: SUBSCRIBING_SETTINGS,
  "Work from queues": WORK_SETTINGS,
  "Dead letters and requests": DEAD_LETTERS_AND_REQUESTS_SETTINGS,
  Callers: CALLER_SETTINGS,
  Documents: DOCUMENT_SETTINGS,
  Replaying: REPLAY_SETTINGS,
  Operation: OPERATION_SETTINGS,
};

export const SETTINGS = {
  ...HTTP_SETTINGS,
  ...AUTHENTICATION_SETTINGS,
  ...BROKER_SETTINGS,
  ...PUBLISHING_SETTINGS,
  ...SUBSCRIBING_SETTINGS,
  ...WORK_SETTINGS,
  ...DEAD_LETTERS_AND_REQUESTS_SETTINGS,
  ...CALLER_SETTINGS,
  ...DOCUMENT_SETTINGS,
  ...REPLAY_SETTINGS,
  ...OPERATION_SETTINGS,
};
export type SettingName = keyof typeof SETTINGS;
