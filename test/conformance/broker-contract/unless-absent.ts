import type { BrokerAdapter, BrokerCapabilities } from "../../../src/broker/adapter.ts";
import { CodedError } from "../../../src/errors.ts";

type Ability = Exclude<keyof BrokerCapabilities, "queueTypes">;

/** A test of what an adapter may declare absent: where it does, `call` is to be answered NOT_SUPPORTED instead. */
export function unlessAbsent(
  adapter: () => BrokerAdapter,
  ability: Ability,
  call: () => Promise<unknown>,
): (tests: () => Promise<void>) => () => Promise<void> {
  return (tests) => async () => {
    if (adapter().capabilities[ability]) {
      await tests();
      return;
    }
    const answer = await call().catch((error: unknown) => error);
    if (!(answer instanceof CodedError) || answer.code !== "NOT_SUPPORTED")
      throw new Error(`What is declared absent (${ability}) was not answered NOT_SUPPORTED`);
  };
}
