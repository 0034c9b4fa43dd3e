import { randomBytes, randomUUID } from "node:crypto";

import { z } from "zod";

import { LOG_LEVELS } from "../telemetry/logger.ts";
import { KEY_ALGORITHMS, SECRET_ALGORITHMS } from "../access/issuer.ts";
import { httpUrl } from "./http-url.ts";
import { jwksUrl } from "./jwks-url.ts";
import { textList } from "./list-settings.ts";
import {
  bytes,
  derivedBytes,
  derivedNumber,
  milliseconds,
  seconds,
  wholeNumber,
} from "./number-settings.ts";
import {
  brokerUrls,
  choice,
  derivedToggle,
  file,
  listeningHost,
  optionalText,
  originList,
  secret,
  serverName,
  text,
  toggle,
} from "./text-settings.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const MAX_INSTANCE_LENGTH = 32;

/** Characters; fewer can be guessed. */
export const MIN_SECRET_LENGTH = 16;

/**
 * Every setting there is, by what it is about. This is the one table: the types, the checks, flags,
 * environment variables, `--help` and the README's table all come from it.
 */
export const SETTING_GROUPS = {
  "HTTP and WebSocket": {
    host: listeningHost({
      description: "Address to listen on",
      variable: "HOST",
      default: "127.0.0.1",
    }),
    port: wholeNumber({
      description: "Port to listen on; 0 takes any that is free",
      variable: "PORT",
      default: 4000,
      min: 0,
      max: 65_535,
    }),
    path: text({
      description: "Path of the GraphQL endpoint, for HTTP, WebSocket and SSE alike",
      default: "/graphql",
      shownDefault: "/graphql",
      pattern: /^(?!\/(?:livez|readyz|metrics)$)\/(?:[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*)?$/,
      expected: "a path without a slash at its end, other than /livez, /readyz and /metrics",
      placeholder: "<path>",
    }),
    graphiql: derivedToggle({
      description: "Serve GraphiQL to browsers at the endpoint",
      default: "false with production",
    }),
    metrics: toggle({
      description: "Serve metrics for Prometheus at /metrics, to whoever reaches the port",
      default: true,
    }),
    policy: file({
      description:
        "File that says what callers may do, in YAML or JSON; read again when it changes. Without it: everything",
    }),
    allowedOrigins: originList({
      description:
        "Origins of web pages that may use the gateway, besides pages of its own host; * is every page",
    }),
    maxRequestBytes: derivedBytes({
      description: "Largest HTTP request body",
      default: "room for one message in Base64",
      min: 16 * KIB,
      max: 64 * MIB,
    }),
    maxBatchSize: wholeNumber({
      description: "Messages in one publishBatch",
      default: 100,
      min: 1,
      max: 10_000,
    }),
    socketInitTimeoutMs: milliseconds({
      description: "How long a WebSocket may take to send connection_init",
      default: 3 * SECOND,
      min: 100,
      max: MINUTE,
    }),
    socketKeepAliveMs: milliseconds({
      description: "Time between pings on a WebSocket; one that answers none is closed",
      default: 12 * SECOND,
      min: SECOND,
      max: 5 * MINUTE,
    }),
    socketMaxPayloadBytes: derivedBytes({
      description: "Largest WebSocket message from a client; a larger one closes its socket",
      default: "as max-request-bytes",
      min: KIB,
      max: 64 * MIB,
    }),
    maxOperationsPerSocket: wholeNumber({
      description: "Operations running at once on a WebSocket",
      default: 100,
      min: 1,
      max: 10_000,
    }),
    drainTimeoutMs: milliseconds({
      description: "How long running operations may take to finish when the gateway stops",
      default: 25 * SECOND,
      min: 0,
      max: 10 * MINUTE,
    }),
    drainSpreadMs: milliseconds({
      description:
        "Over how long a gateway that stops closes sockets and event streams: 10 ms for each, at most this",
      default: 15 * SECOND,
      min: 0,
      max: 10 * MINUTE,
    }),
  },
  Authentication: {
    allowAnonymous: toggle({
      description:
        "Let in clients that show nothing: beside those that do, or beyond this machine with no authentication at all",
      default: false,
    }),
    auth: file({
      description:
        "File (YAML or JSON) with the issuers whose tokens are taken, any number of them",
    }),
    jwtIssuer: optionalText({
      description:
        "One issuer whose tokens are taken, as their iss names it; with the jwt- settings",
      expected: "a text",
      placeholder: "<iss>",
    }),
    jwtAudience: textList({
      description: "What its tokens must be meant for: one of these must be in their aud",
      expected: "audiences with commas between them",
      example: "https://gateway.example.com",
      placeholder: "<aud>",
    }),
    jwtAlgorithms: textList({
      description: "What its tokens may be signed with, whatever they say themselves",
      each: z.enum([...KEY_ALGORITHMS, ...SECRET_ALGORITHMS]),
      expected: `algorithms with commas between them, of ${[...KEY_ALGORITHMS, ...SECRET_ALGORITHMS].join(", ")}`,
      example: "RS256,ES256",
      placeholder: "<names>",
    }),
    jwtJwksUrl: jwksUrl({
      description:
        "Where its public keys are (a JWK Set); fetched again as they grow old, and when a token names a new one",
    }),
    jwtKeyFile: file({
      description:
        "File with its public key or certificate (PEM), or its JWK Set, instead; read again when it changes",
    }),
    jwtSecretFile: file({
      description:
        "File with the secret that it shares with the gateway, instead; read again when it changes",
    }),
    apiKeysFile: file({
      description: "File (YAML or JSON) with API keys, hashed; read again when it changes",
    }),
    clockToleranceSeconds: seconds({
      description:
        "How far an issuer's clock may be ahead when it says from when on a token is valid",
      default: 5,
      min: 0,
      max: 60,
    }),
    expiryGraceMs: milliseconds({
      description:
        "How long sockets and event streams outlive the token that they were opened with",
      default: 0,
      min: 0,
      max: 5 * MINUTE,
    }),
    authTimeoutMs: milliseconds({
      description: "How long it may take to find out who is asking",
      default: 5 * SECOND,
      min: 100,
      max: MINUTE,
    }),
    maxTokenBytes: bytes({
      description: "Longest token or API key",
      default: 8 * KIB,
      min: 256,
      max: 64 * KIB,
    }),
  },
  Broker: {
    amqpUrl: brokerUrls({
      description:
        "The RabbitMQ, or nodes of one cluster, to work with; prefer the variable, as other users can read flags",
      variable: "AMQP_URL",
      shownDefault: "the embedded broker",
    }),
    amqpUserFile: file({
      description: "File with the user's name, instead of the URL's; read whenever it connects",
    }),
    amqpPasswordFile: file({
      description: "File with the password, instead of the URL's; read whenever it connects",
    }),
    amqpCaFile: file({
      description:
        "File with who may sign the broker's certificate (PEM), instead of Node.js's own list; read whenever it connects",
    }),
    amqpCertificateFile: file({
      description:
        "File with a certificate (PEM) to show to the broker, and its chain; read whenever it connects",
    }),
    amqpKeyFile: file({
      description:
        "File with that certificate's private key (PEM, without a passphrase); read whenever it connects",
    }),
    amqpServerName: serverName({
      description: "Name that the broker's certificate must be for",
      shownDefault: "the URL's host",
    }),
    managementUrl: httpUrl({
      description:
        "RabbitMQ's management API, asked about what there is; as the broker's user unless it names another",
      shownDefault: "its usual port on the broker's host",
      example: "http://user:password@host:15672",
    }),
    definitions: file({
      description:
        "File with a RabbitMQ definitions export (JSON): its exchanges, queues and bindings are declared at the start",
    }),
    instance: text({
      description:
        "Name of this gateway in the names of its queues; no two gateways on a broker may share one",
      default: () => randomUUID().slice(0, 8),
      shownDefault: "made up at each start",
      pattern: new RegExp(`^[\\w-]{1,${MAX_INSTANCE_LENGTH}}$`),
      expected: `1 to ${MAX_INSTANCE_LENGTH} letters, digits, _ or -`,
      placeholder: "<name>",
    }),
    heartbeatSeconds: seconds({
      description: "AMQP heartbeat; a dead connection is noticed after two or three",
      default: 10,
      min: 5,
      max: 60,
    }),
    connectTimeoutMs: milliseconds({
      description: "How long connecting, handshake included, may take",
      default: 10 * SECOND,
      min: 100,
      max: 2 * MINUTE,
    }),
    rpcTimeoutMs: milliseconds({
      description: "How long the broker may take to answer one AMQP method, such as a declaration",
      default: 10 * SECOND,
      min: 100,
      max: 10 * MINUTE,
    }),
    closeTimeoutMs: milliseconds({
      description: "How long closing a connection in good order may take before it is cut",
      default: 5 * SECOND,
      min: 100,
      max: MINUTE,
    }),
    reconnectMinMs: milliseconds({
      description: "First delay before connecting again; doubled at each failure",
      default: 500,
      min: 10,
      max: MINUTE,
    }),
    reconnectMaxMs: milliseconds({
      description: "Longest delay before connecting again",
      // A broker that is back, or lets in again whom it refused, is to be found out within 5 s; nobody tells.
      default: 2 * SECOND,
      min: 10,
      max: 10 * MINUTE,
    }),
  },
  Publishing: {
    maxMessageBytes: bytes({
      description: "Largest message body",
      default: MIB,
      min: KIB,
      max: 16 * MIB,
    }),
    maxHeaders: wholeNumber({
      description: "Headers of a message, nested ones included",
      default: 64,
      min: 1,
      max: 1000,
    }),
    maxHeadersBytes: bytes({
      description: "All headers of a message together, as AMQP encodes them",
      default: 32 * KIB,
      min: KIB,
      max: 60 * KIB,
    }),
    maxHeadersDepth: wholeNumber({
      description: "Levels of tables and arrays in headers",
      default: 4,
      min: 1,
      max: 16,
    }),
    confirmTimeoutMs: milliseconds({
      description:
        "How long the broker may take to confirm a message before its fate is CONFIRM_UNKNOWN",
      default: 15 * SECOND,
      min: SECOND,
      max: 10 * MINUTE,
    }),
    publishInFlightMessages: wholeNumber({
      description: "Messages on their way to one exchange, not yet confirmed",
      default: 1000,
      min: 1,
      max: 100_000,
    }),
    publishInFlightBytes: bytes({
      description: "Bytes on their way to one exchange, not yet confirmed",
      default: 16 * MIB,
      min: KIB,
      max: GIB,
    }),
    publishWaitMs: milliseconds({
      description: "How long a publish waits for room in flight before it fails with BUSY",
      default: SECOND,
      min: 0,
      max: MINUTE,
    }),
    publishRetryWindowMs: milliseconds({
      description:
        "How long a client's retry of a confirmed message with the same messageId is not published again",
      default: MINUTE,
      min: 0,
      max: 60 * MINUTE,
    }),
  },
  Subscribing: {
    maxRoutingPatterns: wholeNumber({
      description: "Routing patterns in one subscription, each a binding",
      default: 100,
      min: 1,
      max: 1000,
    }),
    tapPrefetch: wholeNumber({
      description:
        "Unacknowledged messages that the broker sends to a subscription queue's consumer",
      default: 250,
      min: 1,
      max: 65_535,
    }),
    tapMaxLength: wholeNumber({
      description: "Messages that a subscription queue holds; past it the oldest are dropped",
      default: 10_000,
      min: 1,
      max: 10_000_000,
    }),
    tapMaxLengthBytes: bytes({
      description: "Bytes that a subscription queue holds; past it the oldest messages are dropped",
      default: 64 * MIB,
      min: KIB,
      max: 16 * GIB,
    }),
    tapExpiresMs: milliseconds({
      description: "After how long the broker deletes a subscription queue without a consumer",
      default: MINUTE,
      min: SECOND,
      max: 24 * HOUR,
    }),
    bindingProbeMs: milliseconds({
      description:
        "How often the bindings of subscription queues are made sure of; nobody tells when one is deleted",
      default: 30 * SECOND,
      min: 100,
      max: HOUR,
    }),
    subscriberMaxMessages: wholeNumber({
      description:
        "Messages waiting for one slow subscriber; past it the oldest are dropped, and it is told",
      default: 1000,
      min: 1,
      max: 1_000_000,
    }),
    subscriberMaxBytes: bytes({
      description:
        "Bytes waiting for one slow subscriber; past it the oldest messages are dropped, and it is told",
      default: MIB,
      min: KIB,
      max: GIB,
    }),
  },
  "Work from queues": {
    maxPrefetch: wholeNumber({
      description:
        "Largest prefetch of a subscription to deliveries; so many are settled at once, too",
      default: 1000,
      min: 1,
      max: 65_535,
    }),
    deliveryLeaseMs: milliseconds({
      description:
        "How long a client may hold a delivery; then it goes back to its queue. RabbitMQ itself waits 30 minutes",
      default: 5 * MINUTE,
      min: 100,
      max: 25 * MINUTE,
    }),
  },
  "Dead letters and requests": {
    peekMaxMessages: wholeNumber({
      description: "Messages that one peek may ask for",
      default: 100,
      min: 1,
      max: 10_000,
    }),
    peekMaxBytes: bytes({
      description: "Bytes of bodies after which a peek ends, however many messages were asked for",
      default: 16 * MIB,
      min: KIB,
      max: GIB,
    }),
    redriveMaxMessages: wholeNumber({
      description: "Messages that one redrive moves at most; calling it again goes on",
      default: 10_000,
      min: 1,
      max: 10_000_000,
    }),
    requestsInFlight: wholeNumber({
      description: "Requests that wait for their replies at once; past it they fail with BUSY",
      default: 20_000,
      min: 1,
      max: 1_000_000,
    }),
    requestMaxTimeoutMs: milliseconds({
      description: "How long a request may ask to wait for its reply",
      default: 5 * MINUTE,
      min: 100,
      max: 24 * HOUR,
    }),
  },
  Callers: {
    operationsPerSecond: derivedNumber({
      description:
        "Operations that a caller may start each second, or an address where nobody says who is asking; 0: any number",
      default: "0, with production 100",
      min: 0,
      max: 1_000_000,
    }),
    operationsBurst: derivedNumber({
      description: "Operations that one may start at once after a rest",
      default: "five seconds' worth",
      min: 1,
      max: 10_000_000,
    }),
    maxSocketsPerCaller: wholeNumber({
      description: "WebSockets of a caller who has said who it is; 0: any number",
      default: 50,
      min: 0,
      max: 1_000_000,
    }),
    maxSocketsPerAddress: derivedNumber({
      description: "WebSockets from an address; 0: any number",
      default: "0, with production 1000",
      min: 0,
      max: 1_000_000,
    }),
    maxTaps: wholeNumber({
      description: "Subscription queues on the broker: different things that clients listen to",
      default: 10_000,
      min: 1,
      max: 1_000_000,
    }),
    maxTapsPerCaller: wholeNumber({
      description:
        "Different things that a caller who has said who it is may listen to; 0: any number",
      default: 100,
      min: 0,
      max: 1_000_000,
    }),
    trustedProxies: wholeNumber({
      description:
        "Proxies in front of the gateway that add to X-Forwarded-For, by which addresses are then told apart",
      default: 0,
      min: 0,
      max: 10,
    }),
  },
  Documents: {
    production: toggle({
      description:
        "Defaults for the public: no GraphiQL, no introspection, no suggestions, and bounds on operations and sockets",
      default: false,
    }),
    introspection: derivedToggle({
      description: "Answer __schema and __type, which tell everything that can be asked",
      default: "false with production",
    }),
    suggestions: derivedToggle({
      description: "Name, in errors about documents, what is spelled nearly so",
      default: "false with production",
    }),
    maxDocumentTokens: wholeNumber({
      description: "Words and signs of a GraphQL document",
      default: 1000,
      min: 10,
      max: 1_000_000,
    }),
    maxDocumentDepth: wholeNumber({
      description: "Fields inside each other; introspection has a bound of its own",
      default: 6,
      min: 1,
      max: 100,
    }),
    maxDocumentAliases: wholeNumber({
      description: "Aliases in an operation, counted wherever a fragment brings them",
      default: 15,
      min: 0,
      max: 10_000,
    }),
    maxDocumentDirectives: wholeNumber({
      description: "Directives in an operation, counted wherever a fragment brings them",
      default: 50,
      min: 0,
      max: 10_000,
    }),
    maxDocumentCost: wholeNumber({
      description:
        "Cost of an operation: 1 for a leaf and 2 for an object, times 1.5 for each field that it is inside of",
      default: 5000,
      min: 1,
      max: 1_000_000,
    }),
    persistedOperations: file({
      description:
        "File of the only documents that are executed, by id: JSON of GraphQL Code Generator, or Apollo's manifest",
    }),
    keptDocuments: wholeNumber({
      description: "Documents kept parsed and validated, the latest asked for",
      default: 1000,
      min: 1,
      max: 100_000,
    }),
  },
  Replaying: {
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
      description: "Replays running at once; each holds up to about 100 messages",
      default: 200,
      min: 1,
      max: 2000,
    }),
  },
  Operation: {
    workers: wholeNumber({
      description:
        "Processes behind the port, each with its own connections and queues; several need a RabbitMQ",
      default: 1,
      min: 1,
      max: 64,
    }),
    logLevel: choice({
      description: "The least grave that is logged (JSON lines on stderr)",
      default: "info",
      values: LOG_LEVELS,
    }),
  },
};

export const SETTINGS = {
  ...SETTING_GROUPS["HTTP and WebSocket"],
  ...SETTING_GROUPS.Authentication,
  ...SETTING_GROUPS.Broker,
  ...SETTING_GROUPS.Publishing,
  ...SETTING_GROUPS.Subscribing,
  ...SETTING_GROUPS["Work from queues"],
  ...SETTING_GROUPS["Dead letters and requests"],
  ...SETTING_GROUPS.Callers,
  ...SETTING_GROUPS.Documents,
  ...SETTING_GROUPS.Replaying,
  ...SETTING_GROUPS.Operation,
};
export type SettingName = keyof typeof SETTINGS;
