import type { ExchangeType } from "../topology.ts";
import { DirectRouter } from "./direct-router.ts";
import { FanoutRouter } from "./fanout-router.ts";
import { HeadersRouter } from "./headers-router.ts";
import type { Router } from "./router.ts";
import { TopicRouter } from "./topic-router.ts";

/** One entry for each exchange type. */
const ROUTERS: Record<ExchangeType, new () => Router> = {
  direct: DirectRouter,
  fanout: FanoutRouter,
  topic: TopicRouter,
  headers: HeadersRouter,
};

export function createRouter(type: ExchangeType): Router {
  return new ROUTERS[type]();
}
