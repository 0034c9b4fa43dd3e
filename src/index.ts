/** The library's door: a gateway for a server of your own. */
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export type { AuthenticateHook, HookCaller } from "./access/authenticate-hook.ts";
export type { AuthenticationRequest } from "./access/authenticate.ts";
export { ConfigError } from "./config/config-error.ts";
export type { Config } from "./config/config.ts";
export { CodedError, ERROR_CODES, type ErrorCode } from "./errors.ts";
export type { BrokerStatus } from "./broker/status.ts";
