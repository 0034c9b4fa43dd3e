import type { TapSpec } from "../broker/topology.ts";
import type { Caller } from "./caller.ts";
import { withPlace, type Held } from "./hold.ts";
import type { Permissions } from "./permissions.ts";
import type { TapPlaces } from "./tap-places.ts";

/**
 * A caller's right to a tap and its place there, until both are released.
 * @throws {CodedError} FORBIDDEN or LIMIT_EXCEEDED.
 */
export async function admitToTap(
  spec: TapSpec,
  caller: Caller,
  { permissions, places }: { permissions: Permissions | undefined; places: TapPlaces },
): Promise<Held> {
  const leave = places.take(caller, spec);
  try {
    return withPlace(await permissions?.tap(spec), leave ?? (() => {}));
  } catch (error) {
    leave?.();
    throw error;
  }
}
