import { apiKeysIn } from "../access/api-key-file.ts";
import { readAuthFile } from "./auth-file.ts";
import { hasAuthentication, issuerInSettings } from "./authentication.ts";
import type { CrossCheck } from "./cross-check.ts";
import { fileProblem, issuerProblem } from "./issuer-rules.ts";
import { isLoopback } from "./loopback.ts";

/** Who is let in, and by what they are known. */
export const AUTHENTICATION_CHECKS: readonly CrossCheck[] = [
  {
    settings: ["host", "allowAnonymous", "auth", "jwtIssuer", "apiKeysFile"],
    problem: (config, nameOf, { hasHook }) =>
      config.allowAnonymous || isLoopback(config.host) || hasHook || hasAuthentication(config)
        ? undefined
        : `without authentication, listening on ${config.host} would let anyone who reaches the port publish and ` +
          `subscribe; set ${nameOf("jwtIssuer")}, ${nameOf("auth")} or ${nameOf("apiKeysFile")}, listen on 127.0.0.1, ` +
          `or set ${nameOf("allowAnonymous")} if that is what you want`,
  },
  {
    settings: [
      "jwtAudience",
      "jwtAlgorithms",
      "jwtJwksUrl",
      "jwtKeyFile",
      "jwtSecretFile",
      "jwtIssuer",
    ],
    problem: (config, nameOf) => {
      const begun =
        [config.jwtJwksUrl, config.jwtKeyFile, config.jwtSecretFile].some(
          (one) => one !== undefined,
        ) || config.jwtAudience.length + config.jwtAlgorithms.length > 0;
      return begun && config.jwtIssuer === undefined
        ? `is about the tokens of an issuer; name it in ${nameOf("jwtIssuer")}`
        : undefined;
    },
  },
  {
    settings: [
      "jwtIssuer",
      "jwtAudience",
      "jwtAlgorithms",
      "jwtJwksUrl",
      "jwtKeyFile",
      "jwtSecretFile",
    ],
    problem: (config, nameOf) => {
      const issuer = issuerInSettings(config);
      return (
        issuer &&
        issuerProblem(issuer, {
          issuer: nameOf("jwtIssuer"),
          audience: nameOf("jwtAudience"),
          algorithms: nameOf("jwtAlgorithms"),
          jwksUrl: nameOf("jwtJwksUrl"),
          keyFile: nameOf("jwtKeyFile"),
          secretFile: nameOf("jwtSecretFile"),
        })
      );
    },
  },
  {
    settings: ["auth", "jwtIssuer"],
    problem: ({ auth, jwtIssuer }) => {
      const issuers = auth === undefined ? [] : readAuthFile(auth);
      if (typeof issuers === "string") return issuers;
      const names = issuers.map(({ issuer }) => issuer);
      if (jwtIssuer !== undefined) names.push(jwtIssuer);
      const twice = names.find((name, place) => names.indexOf(name) !== place);
      return twice === undefined
        ? undefined
        : `the issuer ${JSON.stringify(twice)} is described twice; describe it once, with all its audiences`;
    },
  },
  {
    settings: ["apiKeysFile"],
    problem: ({ apiKeysFile }, nameOf) =>
      apiKeysFile === undefined
        ? undefined
        : fileProblem(nameOf("apiKeysFile"), apiKeysFile, apiKeysIn),
  },
];
