import { z } from "zod";

import { requestRoom } from "./request-room.ts";
import { SETTINGS } from "./settings.ts";

/** All settings, each checked by itself, with the defaults of those that were not given. */
export const configSchema = z.object(SETTINGS).transform((settings) => {
  const { production } = settings;
  const operationsPerSecond = settings.operationsPerSecond ?? (production ? 100 : 0);
  const maxRequestBytes = settings.maxRequestBytes ?? requestRoom(settings);
  return {
    ...settings,
    maxRequestBytes,
    graphiql: settings.graphiql ?? !production,
    introspection: settings.introspection ?? !production,
    suggestions: settings.suggestions ?? !production,
    operationsPerSecond,
    operationsBurst: settings.operationsBurst ?? Math.max(1, 5 * operationsPerSecond),
    maxSocketsPerAddress: settings.maxSocketsPerAddress ?? (production ? 1000 : 0),
    socketMaxPayloadBytes: settings.socketMaxPayloadBytes ?? maxRequestBytes,
  };
});

/** What a gateway runs on: every setting of the table in settings.ts, checked and complete. */
export type Config = Readonly<z.output<typeof configSchema>>;
