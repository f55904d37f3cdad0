import { advance, beginAggregate } from '../../src/workflow/aggregates.ts';
import { fc } from '../property.ts';
import type { AnyMachineSnapshot } from 'xstate';
import { type Aggregate, type Stamped, type Step } from '../../src/workflow/base/decide.ts';
import { requestOf, type Answer, type Effect, type FailureClass } from '../../src/workflow/base/effects.ts';
import { idOf, thingsIn } from '../../src/workflow/resource/parts.ts';
import { isGoing } from '../../src/workflow/resource/removals.ts';
import { type RecoveryContext, type RecoveryEvent } from '../../src/workflow/recovery/recovery-context.ts';
import { phaseOf } from '../../src/workflow/recovery/phase.ts';
import { mayEnter } from '../../src/workflow/recovery/obstacles.ts';
import { existing, made } from '../things.ts';
import { approvalGate, FSR, minutes, planned, QUIET, strategy, Subject, T0, volumeSpec } from './support.ts';

// Goal: whatever happens, in whatever order, no machine throws, waits for nothing, repeats an identity or forgets what it made.
// Method: random events, chosen among all that could come next: answers, late answers, sightings, timers, signals.

interface Choice {
  readonly what: number;
  readonly which: number;
  readonly minutes: number;
}

const choices = fc.array(
  fc.record({ what: fc.nat({ max: 99 }), which: fc.nat({ max: 999 }), minutes: fc.nat({ max: 40 }) }),
  { maxLength: 120 },
);

const CLASSES: readonly FailureClass[] = [
  ...(['throttled', 'transient', 'capacity', 'quota', 'busy'] as const),
  ...(['gone', 'denied', 'invalid', 'credentials', 'unreachable'] as const),
];

function among<T>(options: readonly T[], which: number): T | undefined {
  return options.length === 0 ? undefined : options[which % options.length];
}

function failing(effect: Effect, which: number): Answer {
  const failure = { class: among(CLASSES, which) ?? 'invalid', code: 'SomeError', message: 'no' };
  return { effectId: effect.id, type: effect.type, ok: false, failure };
}

const RESOURCES = {
  'fast snapshot restore': planned(
    [strategy('fsr', { spec: volumeSpec({ sizeGiB: 512 }) }), strategy('provisioned-rate')],
    { copies: 2 },
  ),
  'a provisioned rate': planned([strategy('provisioned-rate'), strategy('lazy')], {
    readyWhen: 'available',
  }),
  'a DB instance': planned([strategy('restore-snapshot'), strategy('point-in-time')]),
} as const;

const VOLUME_STATES = ['creating', 'available', 'available', 'in-use', 'error', 'deleted'];
const DB_STATES = [
  ...['creating', 'backing-up', 'available', 'available', 'modifying', 'failed', 'deleting'],
  ...['storage-full', 'incompatible-parameters', 'stopped'],
];
/** States of a thing that holds nothing, or will not. */
const UNUSABLE: ReadonlySet<string> = new Set(['creating', 'error', 'failed', 'deleting', 'deleted']);
const FSR_STATES = ['enabling', 'optimizing', 'enabled', 'enabled', 'disabling', 'disabled'];

/** Plays one choice on a resource, and holds what came of it against what must always be so. */
class Play {
  readonly subject: Subject;
  readonly asked = new Set<string>();
  readonly effects = new Map<string, Effect>();
  readonly deleted = new Set<string>();
  readonly timers = new Set<string>();
  /** Things that were seen to be usable, and not since to be otherwise. */
  readonly usable = new Set<string>();
  readonly superseded = new Set<string>();
  #steps = 0;
  #made = 0;
  #round = 0;
  readonly #wasOn: boolean;

  constructor(spec: ReturnType<typeof planned>, wasOn: boolean) {
    this.subject = new Subject(spec);
    this.#wasOn = wasOn;
    this.#check();
  }

  play({ what, which, minutes: passed }: Choice): void {
    this.subject.at += minutes(passed);
    if (what < 45) this.#answer(what < 30, which);
    else if (what < 72) this.#sight(which);
    else if (what < 80) this.#fire();
    else if (what < 88) this.subject.grant(this.#wasOn ? [FSR] : []);
    else this.#say(what, which);
    this.#check();
  }

  /** Until it is available, and loads. */
  restore(): void {
    const { subject } = this;
    subject.grant();
    this.#check();
    this.#answer(true, 1);
    this.#check();
    // The first sighting of a thing of either kind that finds it available.
    for (let which = 0; subject.copies[0]?.at.available === undefined; which += 1) this.#sight(which);
    this.#check();
  }

  clean(): void {
    this.subject.send({ type: 'CLEAN', at: this.subject.at });
    this.#check();
    const { context, state } = this.subject;
    expect(['removing', 'removed']).toContain(state);
    const known = new Set([
      ...this.deleted,
      ...thingsIn(context, 'undoing').map(({ id }) => id),
      ...context.leftovers.flatMap(({ data }) => ('id' in data ? data.id : [])),
    ]);
    expect(context.createdIds.filter((id) => !known.has(id))).toEqual([]);
    for (const { type, id } of context.parts.filter(isGoing).flatMap(({ thing }) => thing ?? []))
      expect(context.pending).toHaveProperty([`${type === 'fsr' ? 'undo' : 'delete'}.${id}`]);
    for (const slot of Object.keys(context.pending)) expect(slot).toMatch(/^(delete|undo)\./);
  }

  #answer(isOk: boolean, which: number): void {
    const { subject } = this;
    const late = [...this.effects.values()].filter(({ id }) => !subject.asked.some((each) => each.id === id));
    const old = which % 7 === 0 ? among(late, which) : undefined;
    if (old !== undefined) {
      const answer = failing(old, which);
      // What the time that has passed brings about (a credit) is not the answer's doing.
      subject.send({ type: 'NOTHING', at: subject.at });
      expect(subject.send({ type: 'ANSWERED', at: subject.at, answer })).toBe(false);
      return;
    }
    const effect = among(subject.asked, which);
    if (effect === undefined) return;
    const answer = isOk ? this.#succeeding(effect, which) : failing(effect, which);
    subject.send({ type: 'ANSWERED', at: subject.at, answer });
    if (!answer.ok) return;
    if (effect.type === 'delete') this.deleted.add(effect.thing.id);
  }

  #succeeding(effect: Effect, which: number): Answer {
    const base = { effectId: effect.id, ok: true } as const;
    if (requestOf(effect) === 'createVolume') {
      this.#made += 1;
      return { ...base, type: 'operate', result: { id: `vol-${this.#made}` } };
    }
    const findings = which % 5 === 0 ? [{ subject: 'iops', message: 'differ' }] : [];
    return { ...base, type: effect.type, result: { findings } } as unknown as Answer;
  }

  #sight(which: number): void {
    const { subject } = this;
    const id = subject.copies.map(idOf)[which % subject.copies.length];
    const progress = which % 4 === 0 ? {} : { progress: which % 101 };
    const isVolume = subject.context.spec.type === 'ebs-volume';
    const sighting =
      isVolume && which % 3 === 0
        ? {
            ...{ type: 'fsr', id: FSR },
            status: among(FSR_STATES, Math.floor(which / 3)) ?? '',
          }
        : isVolume
          ? {
              ...{ type: 'volume', id: id ?? 'vol-foreign', status: among(VOLUME_STATES, which) ?? '' },
              ...{ data: { fastRestored: which % 5 !== 0 }, ...progress },
            }
          : {
              ...{ type: 'dbInstance', id: id ?? 'db-foreign', status: among(DB_STATES, which) ?? '' },
              ...progress,
            };
    if (sighting.type !== 'fsr') {
      if (!UNUSABLE.has(sighting.status)) this.usable.add(sighting.id);
      else if (sighting.status !== 'creating') this.usable.delete(sighting.id);
    }
    subject.sight(sighting);
  }

  #fire(): void {
    const [id] = this.timers;
    const timer = this.subject.steps
      .flatMap((step) => step.decision.timers)
      .findLast((candidate) => candidate.id === id);
    if (timer === undefined) return;
    this.subject.at = Math.max(this.subject.at, timer.dueAt);
    this.timers.delete(timer.id);
    this.subject.send({ ...timer.event, at: this.subject.at });
  }

  #say(what: number, which: number): void {
    const { at, context } = this.subject;
    if (what < 92) {
      const id = among(context.createdIds, which) ?? 'vol-foreign';
      this.usable.delete(id);
      this.subject.send({ type: 'GONE', at, id });
    } else if (what < 94) this.subject.send({ type: 'BLOCKED', at, by: 'orders-db' });
    else if (what < 95) this.subject.send({ type: 'STARVED', at });
    else if (what < 96) {
      const halt = context.halt?.number ?? 1;
      this.subject.send({ type: 'ACCEPT', at, halt, round: this.#round, by: 'ann' });
    } else if (what < 99) {
      this.#round += 1;
      this.subject.send({ type: 'RETRY', at, round: this.#round });
    } else this.subject.send({ type: 'CLEAN', at });
  }

  #check(): void {
    const { context, state, steps } = this.subject;
    for (const { decision } of steps.slice(this.#steps)) {
      for (const effect of decision.effects) {
        expect(this.asked).not.toContain(effect.id);
        this.asked.add(effect.id);
        this.effects.set(effect.id, effect);
        this.#checkDeletes(effect, state);
        if (this.#wasOn) expect(requestOf(effect)).not.toMatch(/^(enable|disable)Fsr$/);
      }
      for (const id of decision.cancelled) this.timers.delete(id);
      for (const { id } of decision.timers) this.timers.add(id);
    }
    for (const { id } of thingsIn(context, 'superseded')) this.superseded.add(id);
    this.#steps = steps.length;
    const ids = this.subject.asked.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    this.#checkGoesOn(state);
    this.#checkBounds(context);
  }

  /** What can be used is deleted only at the end, or once a better one is ready. */
  #checkDeletes(effect: Effect, state: Subject['state']): void {
    const id = effect.type === 'delete' ? effect.thing.id : undefined;
    if (id === undefined || effect.attempt > 1 || !this.usable.has(id)) return;
    if (state === 'removing' || state === 'removed') return;
    expect([id, state, this.superseded.has(id)]).toEqual([id, 'ready', true]);
  }

  /** Something is always under way, or another aggregate's turn. */
  #checkGoesOn(state: Subject['state']): void {
    if (state === 'accelerating' || state === 'restoring' || state === 'warming')
      expect(this.timers.size).toBe(1);
    else expect(this.timers.size).toBe(0);
    if (state === 'verifying' || state === 'removing') expect(this.subject.asked).not.toEqual([]);
  }

  #checkBounds({ spec, createdIds, parts, fallbacks, pending }: Subject['context']): void {
    const attempts = spec.strategies.length * (this.#round + 1);
    const made = attempts * (spec.copies + 4);
    expect(fallbacks.length).toBeLessThanOrEqual(attempts);
    expect(createdIds.length).toBeLessThanOrEqual(made);
    expect(parts.length).toBeLessThanOrEqual(made + 2 * attempts);
    expect(Object.keys(pending).length).toBeLessThanOrEqual(createdIds.length + spec.copies + 3);
  }
}

describe.each(Object.entries(RESOURCES))('a resource by %s', (_name, spec) => {
  test.each([false, true])('stays sane whatever happens (fast snapshot restore on before: %s)', (wasOn) => {
    fc.assert(
      fc.property(choices, (events) => {
        const play = new Play(spec, wasOn);
        for (const event of events) play.play(event);
        play.clean();
      }),
      { numRuns: 100 },
    );
  });
});

test.each([
  ['a volume', planned([strategy('provisioned-rate'), strategy('provisioned-rate')])],
  ['a DB instance', RESOURCES['a DB instance']],
])('%s that is there already is never deleted for what happens to it', (_name, spec) => {
  fc.assert(
    fc.property(choices, (events) => {
      const play = new Play(spec, false);
      play.restore();
      for (const event of events) play.play(event);
      play.clean();
    }),
    { numRuns: 100 },
  );
});

/** The recovery, played the same way. */
class Course {
  aggregate: Aggregate;
  at = T0;
  readonly asked = new Map<string, Effect>();
  #ended: string | undefined;

  constructor(mode: 'restore' | 'drill') {
    const input = {
      ...QUIET,
      ...{ runId: 'run-1', mode, objectives: { rtoSeconds: 3_600, rpoSeconds: 3_600 }, total: 3, at: T0 },
      gates: [approvalGate('restore', 2), approvalGate('cutover', 1), approvalGate('cleanup', 1)],
      preflight: { relies: [existing('snapshot', 'snap-1')], needs: [['snap-1']] },
    };
    const first = beginAggregate('recovery', input, T0);
    this.aggregate = first.aggregate;
    this.#note(first);
  }

  get context(): RecoveryContext {
    return this.aggregate.snapshot.context as RecoveryContext;
  }

  get phase(): string {
    return phaseOf(this.aggregate.snapshot.value);
  }

  send(event: RecoveryEvent | Stamped): boolean {
    const was = this.context.outcome;
    const step = advance(this.aggregate, event);
    if (step === undefined) return false;
    this.aggregate = step.aggregate;
    this.#note(step);
    if (was === 'aborted') expect(this.context.outcome).toBe('aborted');
    return true;
  }

  play({ what, which, minutes: passed }: Choice): void {
    this.at += minutes(passed);
    const { at } = this;
    const by = among(['ann', 'bob', 'cy'], which) ?? 'ann';
    if (what < 25) this.#answer(which);
    else if (what < 50) this.send(this.#fleet(which));
    else if (what < 58) this.send({ type: 'CONFIRMED', at });
    else if (what < 68) this.send({ type: 'TIDY', at, keep: [made('volume', 'vol-1')] });
    else if (what < 72)
      this.send({
        type: 'OBJECTIVE',
        at,
        objective: 'rto',
        expectsMiss: true,
        change: { state: 'at-risk', objectiveSeconds: 1, elapsedSeconds: 0, forecastSeconds: 2 },
      });
    else if (what < 75) this.send({ type: 'CONTACT', at });
    else {
      const said = what < 88 ? 'approve' : what < 91 ? 'pause' : what < 98 ? 'resume' : 'reject';
      this.send({ type: what === 99 ? 'abort' : said, at, by });
    }
    this.#check();
  }

  /** An abort and honest answers end it from wherever it is. */
  abort(): void {
    if (this.#ended !== undefined) return;
    this.send({ type: 'abort', at: this.at, by: 'ann' });
    for (let turn = 0; turn < 60 && this.#ended === undefined; turn += 1) {
      if (this.phase !== 'cleanup') this.send({ type: 'abort', at: this.at, by: 'ann' });
      if (this.context.outcome !== 'aborted')
        this.send({ type: 'approve', at: this.at, by: `person ${turn}` });
      expect(this.context.outcome === 'aborted' && !mayEnter(this.context, 'cleanup', this.at)).toBe(false);
      this.send({ type: 'TIDY', at: this.at, keep: [] });
      const { sweep } = this.context.pending;
      const found = sweep?.type === 'sweep' ? sweep.keep : [];
      if (sweep !== undefined) this.#succeed(sweep, { found, removed: [] });
      const { release } = this.context.pending;
      if (release !== undefined) this.#succeed(release, {});
      this.#check();
    }
    expect(this.#ended).toBeDefined();
  }

  #fleet(which: number): RecoveryEvent {
    const [failed, ready] = [which % 5 === 0 ? which % 4 : 0, which % 3 === 0 ? which % 4 : 3];
    const left = 3 - Math.min(3, failed);
    const count = Math.min(left, ready);
    const fleet = {
      ...{ total: 3, queued: left - count, restored: count, warmed: count, ready: count },
      ...{ failed: 3 - left, removed: 0, tidy: true },
    };
    return { type: 'FLEET', at: this.at, fleet };
  }

  #answer(which: number): void {
    const waiting = Object.values(this.context.pending);
    const late = [...this.asked.values()].filter(({ id }) => !waiting.some((each) => each.id === id));
    const old = which % 5 === 0 ? among(late, which) : undefined;
    if (old !== undefined)
      expect(this.send({ type: 'ANSWERED', at: this.at, answer: failing(old, which) })).toBe(false);
    const effect = among(waiting, which);
    if (effect === undefined || old !== undefined) return;
    const found = which % 3 === 0 ? [] : [made('volume', `vol-${1 + (which % 2)}`)];
    if (which % 11 === 0) this.send({ type: 'ANSWERED', at: this.at, answer: failing(effect, which) });
    else if (effect.type === 'sweep') this.#succeed(effect, { found, removed: [] });
    else if (effect.type === 'claim') this.#succeed(effect, { granted: true, place: 'parameter' });
    else this.#succeed(effect, { findings: [], on: [] });
  }

  #succeed(effect: Effect, result: object): void {
    const answer = { effectId: effect.id, type: effect.type, ok: true, result } as unknown as Answer;
    this.send({ type: 'ANSWERED', at: this.at, answer });
  }

  #note({ decision }: Step<AnyMachineSnapshot>): void {
    for (const effect of decision.effects) {
      expect(this.asked).not.toContain(effect.id);
      this.asked.set(effect.id, effect);
    }
    expect(decision.timers).toEqual([]);
  }

  #check(): void {
    if (this.#ended !== undefined) expect(this.phase).toBe(this.#ended);
    else if (['completed', 'failed', 'aborted'].includes(this.phase)) {
      this.#ended = this.phase;
      expect(this.context.endedAt).toBe(this.at);
      expect(this.send({ type: 'pause', at: this.at, by: 'ann' })).toBe(false);
    }
    expect(this.context.approvals.length).toBeLessThanOrEqual(4 * 3 + 60);
    expect(this.context.regressions).toBeLessThanOrEqual(3);
    if (this.phase === 'preflight')
      expect(Object.keys(this.context.pending)).toEqual([expect.stringMatching(/^(preflight|claim)$/)]);
  }
}

test.each(['restore', 'drill'] as const)('a recovery (%s) stays sane whatever happens', (mode) => {
  fc.assert(
    fc.property(choices, (events) => {
      const course = new Course(mode);
      for (const event of events) course.play(event);
      course.abort();
    }),
    { numRuns: 200 },
  );
});
