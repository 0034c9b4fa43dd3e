/** How many messages are published when. */
export type Pace =
  /** Closed loop: as many as keep `inFlight` on their way to the average subscriber, so that some always wait. */
  | { readonly inFlight: number }
  /** Open loop: at a fixed rate, whatever becomes of them. */
  | { readonly perSecond: number };

export interface Pacer {
  /** So many have arrived everywhere so far. */
  arrived(messages: number): void;
  /** Publishes no more. Returns how many there were. */
  stop(): number;
}

/** Calls `publish` at `pace` with the number of each message, from 0. */
export function keepPace(pace: Pace, publish: (number: number) => void): Pacer {
  return "inFlight" in pace
    ? closedLoop(pace.inFlight, publish)
    : openLoop(pace.perSecond, publish);
}

function closedLoop(inFlight: number, publish: (number: number) => void): Pacer {
  let published = 0;
  let most = inFlight;
  const arrived = (messages: number) => {
    while (published - messages < most) publish(published++);
  };
  arrived(0);
  return {
    arrived,
    stop() {
      most = 0;
      return published;
    },
  };
}

function openLoop(perSecond: number, publish: (number: number) => void): Pacer {
  const start = performance.now();
  let published = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    const due = ((performance.now() - start) * perSecond) / 1000;
    while (published < due) publish(published++);
    timer = setTimeout(next, start + (published * 1000) / perSecond - performance.now());
  };
  next();
  return {
    arrived: () => {},
    stop() {
      clearTimeout(timer);
      return published;
    },
  };
}
