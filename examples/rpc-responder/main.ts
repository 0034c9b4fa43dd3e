/**
 * Adds up lists of numbers for whoever asks.
 *
 *     npx tsx examples/rpc-responder/main.ts [URL of the gateway]
 *
 * Ask with: mutation { request(input: { exchange: "", routingKey: "sums", body: { json: [1, 2] } }) { json } }
 */
import { WebSocket } from "ws";
import { createResponder } from "./responder.ts";

const [url = "ws://127.0.0.1:4000/graphql"] = process.argv.slice(2);

const declared = await fetch(url.replace(/^ws/, "http"), {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    query: `mutation { declareQueue(input: { name: "sums", durable: false }) { name } }`,
  }),
});
if (!declared.ok) throw new Error(await declared.text());
console.log("Answering");

createResponder(
  { url, webSocketImpl: WebSocket, shouldRetry: () => true },
  "sums",
  async ({ json }) => {
    if (!Array.isArray(json)) throw new TypeError("not a list");
    return json.reduce((sum: number, summand: number) => sum + summand, 0);
  },
);
