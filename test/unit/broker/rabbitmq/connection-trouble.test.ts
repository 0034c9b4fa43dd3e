import { describe, expect, test } from "vitest";
import { connectionTrouble } from "../../../../src/broker/rabbitmq/connection-trouble.ts";
import { NoneAnswered } from "../../../../src/broker/rabbitmq/dial-round.ts";
import { BrokerTimeout } from "../../../../src/broker/rabbitmq/timeout.ts";
import { ClosedByBroker, NotAmqp } from "../../../../src/broker/rabbitmq/wire/wire-errors.ts";

const coded = (code: string) => Object.assign(new Error("zoe@rabbit.example:5671"), { code });

describe("why there is no connection", () => {
  test.each([
    [coded("ECONNREFUSED"), /refused\)$/],
    [coded("ENOTFOUND"), /host name cannot be resolved/],
    [new BrokerTimeout("connecting"), /does not answer/],
    [new ClosedByBroker("connection", 403, "ACCESS_REFUSED for zoe"), /user name or the password/],
    [
      new Error("Handshake terminated by server: 403 (ACCESS-REFUSED) zoe"),
      /user name or the pass/,
    ],
    [new ClosedByBroker("connection", 530, "vhost zoe not found"), /the virtual host: it does not/],
    [new NotAmqp("zoe"), /does not speak AMQP/],
    [new ClosedByBroker("connection", 320, "CONNECTION_FORCED"), /an operator, or a shutdown/],
    [coded("CERT_HAS_EXPIRED"), /certificate has expired/],
    [coded("CERT_NOT_YET_VALID"), /not valid yet/],
    [coded("ERR_TLS_CERT_ALTNAME_INVALID"), /for another name/],
    [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), /not trusted/],
    [coded("SELF_SIGNED_CERT_IN_CHAIN"), /not trusted/],
    [coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), /not trusted/],
    [coded("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"), /wants a client certificate/],
    [coded("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"), /wants a client certificate/],
    [coded("ERR_SSL_WRONG_VERSION_NUMBER"), /does not speak TLS/],
    [coded("EPROTO"), /does not speak TLS/],
    [coded("ERR_OSSL_X509_KEY_VALUES_MISMATCH"), /certificate files cannot be used/],
    [new Error("zoe was here"), /^The connection to the broker was lost$/],
  ])("%s", (error, told) => {
    expect(connectionTrouble(error)).toMatch(told);
    expect(connectionTrouble(error)).not.toMatch(/zoe|rabbit\.example/);
  });

  test("of several brokers is each reason once, in the same order always", () => {
    const refused = coded("ECONNREFUSED");
    const silent = new BrokerTimeout("connecting");
    const told =
      "Nothing answers at the broker's address (connection refused); The broker does not answer";
    expect(connectionTrouble(new NoneAnswered([silent, refused, refused]))).toBe(told);
    expect(connectionTrouble(new NoneAnswered([refused, silent]))).toBe(told);
  });
});
