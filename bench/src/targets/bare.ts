import { createServer } from "node:http";
import { BareFanOut } from "./bare-fan-out.ts";
import { barePublish } from "./bare-publish.ts";
import { connectToBroker } from "./broker-connection.ts";
import { listen } from "./listen.ts";
import { fullPublisher, leastPublisher } from "./publisher.ts";
import { SharedQueues } from "./shared-queues.ts";

/**
 * The limit: what Node, amqplib and a socket can do with no GraphQL in between. BARE_WRITES is `tick` (all
 * frames of a tick in one write) or `frame`; BARE_PUBLISH is `least` or `full`.
 */
const { BARE_WRITES = "tick", BARE_PUBLISH = "least" } = process.env;

const connection = await connectToBroker();
const queues = new SharedQueues(await connection.createChannel());
const channel = await connection.createConfirmChannel();
const publish = BARE_PUBLISH === "full" ? fullPublisher(channel) : leastPublisher(channel);
const fanOut = new BareFanOut(queues, BARE_WRITES === "frame" ? "frame" : "tick");

const server = createServer({ noDelay: true }, barePublish(publish));
server.on("upgrade", (request, socket, head) => fanOut.upgrade(request, socket, head));
listen(server);
