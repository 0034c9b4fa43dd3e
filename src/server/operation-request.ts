import type { OperationRequest } from "./pipeline.ts";

/**
 * The request that a JSON body holds (GraphQL over HTTP, "Request Parameters"); undefined where it
 * is of any other form.
 */
export function operationRequest(body: Buffer): OperationRequest | undefined {
  const parsed = parseJson(body.toString());
  if (!isObject(parsed)) return undefined;
  const { query, operationName, variables, extensions } = parsed;
  if (query != null && typeof query !== "string") return undefined;
  for (const parameter in parsed) if (!PARAMETERS.has(parameter)) return undefined;
  if (operationName != null && typeof operationName !== "string") return undefined;
  if (variables != null && !isObject(variables)) return undefined;
  if (extensions != null && !isObject(extensions)) return undefined;
  // Without a document it is one that names a persisted one, or is refused as one that is empty.
  return {
    query: query ?? "",
    operationName: operationName ?? null,
    variables: variables ?? null,
    extensions: extensions ?? null,
  };
}

const PARAMETERS = new Set(["query", "operationName", "variables", "extensions"]);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
