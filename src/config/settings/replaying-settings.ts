import { randomBytes } from "node:crypto";
import { MIN_SECRET_LENGTH } from "../lengths.ts";
import { wholeNumber } from "../number-settings.ts";
import { file, secret } from "../text-settings.ts";

export const REPLAY_SETTINGS = {
  cursorSecret: secret({
    description: "What cursors of streams are signed with; they are good wherever it is the same",
    // 256 bits, the size of the HMAC's hash (RFC 2104 section 3).
    default: () => randomBytes(32).toString("base64url"),
    shownDefault: "made up at each start",
    atLeast: MIN_SECRET_LENGTH,
  }),
  cursorSecretFile: file({
    description: "File with that secret, instead; read at the start",
  }),
  maxReplays: wholeNumber({
    description:
      "Replays running at once; each holds up to about 100 messages, or about 1 MiB of them",
    default: 200,
    min: 1,
    max: 2000,
  }),
};
