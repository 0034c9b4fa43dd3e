import { isIP } from "node:net";

import { z } from "zod";

import { urlsIn } from "../url-list.ts";
import { type Described, settingDetails } from "./setting.ts";
import { isPercentEncoded, strictUrl } from "./strict-url.ts";

/** True or false; its flag needs no value, and has a `--no-` form. */
export function toggle({ default: value, ...described }: Described & { default: boolean }) {
  return z
    .boolean()
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: "true or false",
      shownDefault: String(value),
      read: readBoolean,
    });
}

/** A switch whose default follows from other settings, as `default` says in words. */
export function derivedToggle({
  default: shownDefault,
  ...described
}: Described & { default: string }) {
  return z
    .boolean()
    .optional()
    .register(settingDetails, {
      ...described,
      expected: "true or false",
      shownDefault,
      read: readBoolean,
    });
}

export function choice<const Value extends string>({
  default: value,
  values,
  ...described
}: Described & { default: NoInfer<Value>; values: readonly Value[] }) {
  return z
    .enum(values)
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: `one of ${values.join(", ")}`,
      shownDefault: value,
      placeholder: "<name>",
      read: (written) => written.toLowerCase(),
    });
}

/** A text that matches `pattern`; `expected` says in words what that is. A function makes a default at each start. */
export function text({
  default: value,
  pattern,
  expected,
  placeholder,
  shownDefault,
  ...described
}: Described & {
  default: string | (() => string);
  shownDefault: string;
  pattern: RegExp;
  expected: string;
  placeholder: string;
}) {
  return z
    .string()
    .regex(pattern)
    .default(typeof value === "function" ? value : () => value)
    .register(settingDetails, {
      ...described,
      expected,
      placeholder,
      shownDefault,
      read: asWritten,
    });
}

/** Any text; left out: none. */
export function optionalText({
  expected,
  placeholder,
  ...described
}: Described & { expected: string; placeholder: string }) {
  return z
    .string()
    .min(1)
    .optional()
    .register(settingDetails, {
      ...described,
      expected,
      shownDefault: "none",
      placeholder,
      read: asWritten,
    });
}

/** A text that nobody else may know. */
export function secret({
  default: value,
  shownDefault,
  atLeast,
  ...described
}: Described & { default: () => string; shownDefault: string; atLeast: number }) {
  return z
    .string()
    .min(atLeast)
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: `at least ${atLeast} characters`,
      placeholder: "<secret>",
      shownDefault,
      secret: true,
      read: asWritten,
    });
}

/** A name or an address of this machine to listen on; IPv6 with or without brackets. */
export function listeningHost({ default: value, ...described }: Described & { default: string }) {
  return z
    .string()
    .overwrite(withoutBrackets)
    .refine(isHost)
    .default(value)
    .register(settingDetails, {
      ...described,
      expected: "a host name or an IP address, without a port",
      example: "127.0.0.1, ::1 or localhost",
      shownDefault: value,
      placeholder: "<address>",
      read: asWritten,
    });
}

/** The URL of a broker, or of several, with the passwords in them (RabbitMQ, "URI Specification"). */
export function brokerUrls({ shownDefault, ...described }: Described & { shownDefault: string }) {
  return z
    .string()
    .refine((urls) => urlsIn(urls).every(isAmqpUrl))
    .optional()
    .register(settingDetails, {
      ...described,
      expected:
        "an amqp:// or amqps:// URL, percent-encoded where user, password or virtual host need it, or several with commas between them",
      example: "amqp://user:password@host:5672/vhost",
      shownDefault,
      placeholder: "<url>",
      secret: true,
      read: asWritten,
    });
}

/** The path of a file that is there; its content is read again whenever it is needed. */
export function file(described: Described) {
  return z
    .string()
    .min(1)
    .optional()
    .register(settingDetails, {
      ...described,
      expected: "the path of a file",
      shownDefault: "none",
      placeholder: "<path>",
      read: asWritten,
    });
}

/** The name in another machine's certificate (RFC 6066 section 3). */
export function serverName({ shownDefault, ...described }: Described & { shownDefault: string }) {
  return z
    .string()
    .refine((name) => isIP(name) === 0 && isHost(name))
    .optional()
    .register(settingDetails, {
      ...described,
      expected: "a host name",
      shownDefault,
      placeholder: "<name>",
      read: asWritten,
    });
}

/** Origins of web pages (RFC 6454 section 6.2), in a list; written with commas between them. */
export function originList(described: Described) {
  return z
    .array(z.string().refine((origin) => origin === "*" || isOrigin(origin)))
    .readonly()
    .default([])
    .register(settingDetails, {
      ...described,
      expected: "origins with commas between them, each a scheme, a host and no path",
      example: "https://app.example.com,http://localhost:5173",
      shownDefault: "none",
      placeholder: "<origins>",
      read: (written) => written.split(",").map((origin) => origin.trim()),
    });
}

/** Names and addresses of hosts, without ports, in a list; written with commas between them. Kept in small letters. */
export function hostList({ shownDefault, ...described }: Described & { shownDefault: string }) {
  const host = z.string().overwrite((name) => withoutBrackets(name).toLowerCase());
  return z
    .array(host.refine((name) => name === "*" || isHost(name)))
    .readonly()
    .default([])
    .register(settingDetails, {
      ...described,
      expected: "host names with commas between them, without ports",
      example: "gateway.example.com,gateway.internal",
      shownDefault,
      placeholder: "<hosts>",
      read: (written) => written.split(",").map((name) => name.trim()),
    });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}

function readBoolean(written: string): unknown {
  if (/^(true|yes|on|1)$/i.test(written)) return true;
  if (/^(false|no|off|0)$/i.test(written)) return false;
  return written;
}

function asWritten(written: string): string {
  return written;
}

function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  return !/^[\d.]+$/.test(host) && /^[a-z\d](?:[\w.-]{0,251}[a-z\d])?$/i.test(host);
}

function isAmqpUrl(value: string): boolean {
  const url = strictUrl(value);
  if (!url) return false;
  const { protocol, hostname, pathname, hash } = url;
  return (
    /^amqps?:$/.test(protocol) &&
    hostname !== "" &&
    // As in `amqp://one,two`: each host has a URL of its own.
    !hostname.includes(",") &&
    hash === "" &&
    /^(\/[^/]*)?$/.test(pathname) &&
    isPercentEncoded(pathname)
  );
}
