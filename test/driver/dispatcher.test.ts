import { fc } from '../property.ts';
import { dueEffects, requestsOf, send } from '../../src/driver/requests/dispatcher.ts';
import { requestOf, type Answer, type Effect } from '../../src/workflow/base/effects.ts';
import { made, REGION } from '../things.ts';
import { createExecutor } from '../../src/aws/executor.ts';

const T0 = 1_000_000;

function effect(id: string, change: Partial<Effect> = {}): Effect {
  const base = { id: `${id}#1`, aggregate: `resource:${id}`, attempt: 1 };
  return { ...base, type: 'delete', thing: made('volume', id), resource: id, ...change } as Effect;
}

const SWITCHES = { enableFsr: 'operate', disableFsr: 'undo' } as const;

const fsr = (id: string, zone: string, operation: keyof typeof SWITCHES): Effect =>
  effect(id, {
    ...{ type: SWITCHES[operation], kind: 'ebs-volume', operation },
    ...{ [operation === 'enableFsr' ? 'target' : 'thing']: made('fsr', `snap-${id}@${zone}`), spec: {} },
  } as Partial<Effect>);

const executor = createExecutor({
  ...{ runId: 'run', runbook: 'fleet', mode: 'drill', region: REGION, settle: async () => undefined },
  call: (_operation, send) => send(),
});

const rankOf = (aggregate: string): number => Number(aggregate.split('-')[1] ?? 0);

test('the most urgent first, not before their time, a round at a time', () => {
  const outbox = Array.from({ length: 120 }, (_, n) =>
    effect(`volume-${119 - n}`, n % 2 === 0 ? { notBefore: T0 + (n % 4 === 0 ? 1 : 0) } : {}),
  );
  const due = dueEffects(outbox, T0, rankOf);
  expect(due).toHaveLength(50);
  const ranks = due.map(({ aggregate }) => rankOf(aggregate));
  expect(ranks).toEqual(ranks.toSorted((one, other) => one - other));
  for (const { notBefore = 0 } of due) expect(notBefore).toBeLessThanOrEqual(T0);
  expect(dueEffects(outbox, T0 - 1, rankOf).every(({ notBefore }) => notBefore === undefined)).toBe(true);
});

test('fast snapshot restore goes ten at a time, by zone and by what is asked; everything else alone', () => {
  const effects = fc.array(
    fc.record({ zone: fc.constantFrom('a', 'b'), kind: fc.constantFrom('enableFsr', 'disableFsr', 'other') }),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(effects, (drawn) => {
      const asked = drawn.map(({ zone, kind }, n) =>
        kind === 'other' ? effect(`volume-${n}`) : fsr(`volume-${n}`, zone, kind as 'enableFsr'),
      );
      const requests = requestsOf(asked, executor);
      expect(
        requests
          .flat()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(asked.map(({ id }) => id).toSorted());
      for (const request of requests) {
        const [first] = request;
        const isSwitch = first?.type !== 'delete';
        expect(request.length).toBeLessThanOrEqual(isSwitch ? 10 : 1);
        expect(new Set(request.map(requestOf)).size).toBe(1);
        expect(
          new Set(request.map((each) => JSON.stringify('spec' in each && { ...each.spec, snapshotId: '' })))
            .size,
        ).toBe(1);
      }
      const count = (kind: string, zone: string): number =>
        drawn.filter((each) => each.kind === kind && each.zone === zone).length;
      const least = ['enableFsr', 'disableFsr'].flatMap((kind) =>
        ['a', 'b'].map((zone) => Math.ceil(count(kind, zone) / 10)),
      );
      const others = drawn.filter(({ kind }) => kind === 'other').length;
      expect(requests).toHaveLength(least.reduce((sum, each) => sum + each, others));
    }),
  );
});

test('answers stand in the order of the requests, whichever comes first', async () => {
  const waits = [5, 1, 3, 0, 2];
  const requests = waits.map((_, n) => [effect(`volume-${n}`)]);
  const slow = {
    batchOf: () => undefined,
    observe: async () => [],
    async perform(effects: readonly Effect[]): Promise<readonly Answer[]> {
      const [{ id, aggregate }] = effects as [Effect];
      for (let turn = 0; turn < (waits[rankOf(aggregate)] ?? 0); turn += 1) await Promise.resolve();
      return [{ effectId: id, type: 'delete', ok: true, result: {} }];
    },
  };
  const round = send(slow, requests, 3);
  await round.done;
  expect(round.take().map(({ effectId }) => effectId)).toEqual(requests.flat().map(({ id }) => id));
});
