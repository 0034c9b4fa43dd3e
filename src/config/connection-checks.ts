import { brokerPlaces } from "./broker-places.ts";
import type { CrossCheck } from "./cross-check.ts";

/** What goes with a broker's URL, and with which. */
export const CONNECTION_CHECKS: readonly CrossCheck[] = [
  {
    settings: ["amqpUrl"],
    problem: ({ amqpUrl }) => {
      const places = amqpUrl === undefined ? [] : brokerPlaces(amqpUrl);
      const [one, other] = new Set(places.map(({ virtualHost }) => virtualHost));
      return other === undefined
        ? undefined
        : `names the virtual hosts ${JSON.stringify(one)} and ${JSON.stringify(other)}; its URLs are ` +
            "ways to one virtual host of one cluster, name the same in each";
    },
  },
  goesWithRabbitMq("amqpUserFile"),
  goesWithRabbitMq("amqpPasswordFile"),
  goesWithTls("amqpCaFile"),
  goesWithTls("amqpCertificateFile"),
  goesWithTls("amqpKeyFile"),
  goesWithTls("amqpServerName"),
  {
    settings: ["amqpCertificateFile", "amqpKeyFile"],
    problem: ({ amqpCertificateFile, amqpKeyFile }, nameOf) =>
      (amqpCertificateFile === undefined) === (amqpKeyFile === undefined)
        ? undefined
        : `a certificate is shown with its key; set both ${nameOf("amqpCertificateFile")} and ${nameOf("amqpKeyFile")}, or neither`,
  },
];

function goesWithRabbitMq(setting: "amqpUserFile" | "amqpPasswordFile"): CrossCheck {
  return {
    settings: [setting, "amqpUrl"],
    problem: ({ amqpUrl, [setting]: given }, nameOf) =>
      given === undefined || amqpUrl !== undefined
        ? undefined
        : `goes with a RabbitMQ; name one in ${nameOf("amqpUrl")}, or leave it out`,
  };
}

function goesWithTls(
  setting: "amqpCaFile" | "amqpCertificateFile" | "amqpKeyFile" | "amqpServerName",
): CrossCheck {
  return {
    settings: [setting, "amqpUrl"],
    problem: ({ amqpUrl, [setting]: given }, nameOf) => {
      const overTls = amqpUrl !== undefined && brokerPlaces(amqpUrl).some(({ isTls }) => isTls);
      return given === undefined || overTls
        ? undefined
        : `goes with TLS; name an amqps:// URL in ${nameOf("amqpUrl")}, or leave it out`;
    },
  };
}
