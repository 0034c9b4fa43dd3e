import { isGatewayQueue } from "../../broker/reserved-name.ts";
import { CodedError } from "../../errors.ts";

/** The name, where it is not of those that the gateway gives to queues of its own. */
export function clientsQueue(what: string, name: string): string {
  if (isGatewayQueue(name))
    throw new CodedError(
      "FORBIDDEN",
      `${what} is ${JSON.stringify(name)}: queues whose names begin with "gql." are the gateway's own; choose another name`,
    );
  return name;
}
