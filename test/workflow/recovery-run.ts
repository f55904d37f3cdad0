import { advance, beginAggregate } from '../../src/workflow/aggregates.ts';
import type { AnyMachineSnapshot } from 'xstate';
import { type Aggregate, type Step } from '../../src/workflow/base/decide.ts';
import type { Answer, FailureClass } from '../../src/workflow/base/effects.ts';
import type {
  FleetSummary,
  RecoveryContext,
  RecoveryEvent,
  RecoveryInput,
} from '../../src/workflow/recovery/recovery-context.ts';
import { phaseOf } from '../../src/workflow/recovery/phase.ts';
import { existing } from '../things.ts';
import { QUIET, T0 } from './support.ts';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';
import type { TimelineCode } from '../../src/workflow/timeline/timeline.ts';

/** A recovery under test, played by hand. */
export class Run {
  aggregate: Aggregate;
  readonly steps: Step<AnyMachineSnapshot>[] = [];
  at = T0;

  constructor(change: Partial<RecoveryInput> = {}) {
    const input: RecoveryInput = {
      runId: 'run-1',
      mode: 'restore',
      objectives: { rtoSeconds: 3_600, rpoSeconds: 3_600 },
      ...QUIET,
      preflight: {
        relies: [existing('snapshot', 'snap-1')],
        needs: [['snap-1']],
      },
      total: 2,
      at: T0,
      ...change,
    };
    const first = beginAggregate('recovery', input, T0);
    this.aggregate = first.aggregate;
    this.steps.push(first);
  }

  get phase(): string {
    return phaseOf(this.aggregate.snapshot.value);
  }

  get context(): RecoveryContext {
    return this.aggregate.snapshot.context as RecoveryContext;
  }

  get entries(): readonly TimelineEntry[] {
    return this.steps.flatMap((step) => step.decision.timeline);
  }

  send(event: RecoveryEvent): boolean {
    const step = advance(this.aggregate, event);
    if (step === undefined) return false;
    this.aggregate = step.aggregate;
    this.steps.push(step);
    return true;
  }

  say(type: 'approve' | 'reject' | 'pause' | 'resume' | 'abort', by = 'ann'): boolean {
    return this.send({ type, at: this.at, by });
  }

  answer(slot: string, result: object): void {
    const effect = this.context.pending[slot];
    if (effect === undefined) throw new Error(`${slot} was not asked for`);
    const { id: effectId, type } = effect;
    this.send({
      type: 'ANSWERED',
      at: this.at,
      answer: { effectId, type, ok: true, result } as Answer,
    });
  }

  refuse(slot: string, failureClass: FailureClass): void {
    const effect = this.context.pending[slot];
    if (effect === undefined) throw new Error(`${slot} was not asked for`);
    this.at = Math.max(this.at, effect.notBefore ?? 0);
    const failure = { class: failureClass, code: 'SomeError', message: 'as the test wants it' };
    const answer = { effectId: effect.id, type: effect.type, ok: false, failure } as Answer;
    this.send({ type: 'ANSWERED', at: this.at, answer });
  }

  preflight(findings: readonly { subject: string; message: string }[] = []): void {
    this.answer('preflight', { findings, on: [] });
    if ('claim' in this.context.pending) this.answer('claim', { granted: true, place: 'parameter' });
  }

  fleet(change: Partial<FleetSummary>): void {
    const none = { total: 2, queued: 0, restored: 0, warmed: 0, ready: 0, failed: 0, removed: 0, tidy: true };
    this.send({ type: 'FLEET', at: this.at, fleet: { ...none, ...change } });
  }

  ready(): void {
    this.fleet({ restored: 2, warmed: 2, ready: 2 });
    this.send({ type: 'CONFIRMED', at: this.at });
  }

  sweepClean(): void {
    this.send({ type: 'TIDY', at: this.at, keep: [] });
    while ('sweep' in this.context.pending) this.answer('sweep', { found: [], removed: [] });
    if ('release' in this.context.pending) this.answer('release', {});
  }
}

/** An entry about the run, whenever it was. */
export function said(code: TimelineCode, data: object): object {
  return { at: expect.any(Number), subject: 'run', code, data };
}
