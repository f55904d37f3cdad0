import type { TrafficView } from './traffic-view.ts';
import type { ReplayView } from './replay-view.ts';

/** What holds the rate back, or has stopped it. */
export type Restraint =
  | 'starting'
  | 'probing'
  | 'live-p99'
  | 'live-errors'
  | 'live-silent'
  | 'own-latency'
  | 'own-errors'
  | 'own-loop'
  | 'own-heap'
  | 'look'
  | 'connections'
  | 'cap';

/** Of this process, over the last second or so. */
export interface OwnHealth {
  /** How late the event loop's timers were, p99, in ms. */
  readonly eventLoopDelayMs: number;
  /** 0..1. */
  readonly eventLoopUtilization: number;
  /** Used heap / its limit, 0..1. */
  readonly heapUsed: number;
}

export interface RestraintFacts {
  readonly live: TrafficView | undefined;
  readonly own: ReplayView;
  readonly health: OwnHealth | undefined;
  readonly connections: number;
  readonly maxRate: number;
  readonly errorRatePercent: number;
}

/** For people, as the end of `slower because ...` or `paused: ...`. */
export function heldBackText(restraint: Restraint, facts: RestraintFacts, nowMs: number): string {
  const { live, own, health } = facts;
  switch (restraint) {
    case 'starting':
      return 'it starts slowly and increases step by step';
    case 'probing':
      return 'it increases step by step';
    case 'live-p99':
      return `the live p99 is ${milliseconds(live?.p99Ms)}, ${targetText(live)}`;
    case 'live-errors':
      return `${percentText(live?.errorRate)} of the live requests fail, at most ${facts.errorRatePercent}% may`;
    case 'live-silent':
      return `there was no reading of the live traffic for ${Math.round((live?.silentMs(nowMs) ?? 0) / 1_000)} s`;
    case 'own-latency':
      return `answers take ${milliseconds(own.nowMs)}, unloaded ${milliseconds(own.easyMs)}`;
    case 'own-errors':
      return `${percentText(own.newest?.bad)} of the answers are errors or missing`;
    case 'own-loop':
      return `this process is busy: its event loop is ${milliseconds(health?.eventLoopDelayMs)} late`;
    case 'own-heap':
      return `${percentText(health?.heapUsed)} of this process's heap is in use`;
    case 'look':
      return 'it sends little for a moment, to measure the latency without its own load';
    case 'connections':
      return `all of its ${facts.connections} connections are in use`;
    case 'cap':
      return `it is at its maximum of ${facts.maxRate}/s`;
  }
}

function targetText(live: TrafficView | undefined): string {
  const target = milliseconds(live?.targetMs);
  return live?.isDeclared === true ? `its target is ${target}` : `twice its earlier value is ${target}`;
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return 'unknown';
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

function percentText(share: number | undefined): string {
  return share === undefined ? 'an unknown part' : `${Number((share * 100).toPrecision(2))}%`;
}
