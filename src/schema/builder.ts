import SchemaBuilder from "@pothos/core";
import type { GatewayContext } from "./context.ts";

/** What every type and root field of the schema is built with; each registers itself in a module of its own. */
export const builder = new SchemaBuilder<{
  Context: GatewayContext;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: true;
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    JSONObject: {
      Input: Readonly<Record<string, unknown>>;
      Output: Readonly<Record<string, unknown>>;
    };
    Base64: { Input: Buffer; Output: Uint8Array };
    DateTime: { Input: Date; Output: Date };
  };
}>({ defaultFieldNullability: false, defaultInputFieldRequiredness: true });
