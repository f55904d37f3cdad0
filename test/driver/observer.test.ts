import { observe, type Absences } from '../../src/driver/watch/observer.ts';
import type { ThingSighting } from '../../src/kinds/course.ts';
import type { Sighting } from '../../src/workflow/base/sightings.ts';
import { minutes, planned, strategy, Subject, T0 } from '../workflow/support.ts';

const SETTLE = minutes(1);

/** One restored volume or DB instance, and reads that show what the test says. */
function watched(kind: 'volume' | 'dbInstance') {
  const subject = new Subject(
    planned([strategy(kind === 'volume' ? 'provisioned-rate' : 'restore-snapshot')]),
  );
  subject.grant();
  if (kind === 'volume') subject.answer('createVolume', { id: 'vol-a' });
  else subject.answer('restoreDbInstance');
  let shown: readonly Sighting[] = [];
  const executor = { batchOf: () => undefined, perform: async () => [], observe: async () => shown };
  let absences: Absences = {};
  return {
    subject,
    show: (...sightings: readonly Sighting[]) => void (shown = sightings),
    look: async (at: number) => {
      const members = [{ state: subject.state, context: subject.context }];
      const seen = await observe(executor, members, absences, at);
      absences = seen.absences;
      return seen;
    },
  };
}

const available: ThingSighting = { type: 'volume', id: 'vol-a', status: 'available', progress: 10 };

test('each look tells all that it sees, and what it does not', async () => {
  const { show, look } = watched('volume');
  show(available);
  const seen = { sighted: [{ resource: 'events', sighting: available }], isComplete: true, absences: {} };
  expect(await look(T0)).toMatchObject(seen);
  expect(await look(T0 + 1)).toMatchObject(seen);
  show();
  expect(await look(T0 + 2)).toMatchObject({ sighted: [], isComplete: false, absences: { 'vol-a': T0 + 2 } });
});

test('absence counts when it lasts a settle window, not when it is seen twice at once', async () => {
  const { look } = watched('volume');
  const at = T0 + minutes(10);
  expect(await look(at)).toMatchObject({ gone: [], isComplete: false });
  expect((await look(at + SETTLE - 1)).gone).toEqual([]);
  expect((await look(at + SETTLE)).gone).toEqual([{ resource: 'events', id: 'vol-a' }]);
});

test('a sighting in between begins it anew', async () => {
  const { show, look } = watched('volume');
  const at = T0 + minutes(10);
  await look(at);
  show(available);
  await look(at + SETTLE / 2);
  show();
  expect((await look(at + SETTLE)).gone).toEqual([]);
  expect((await look(at + 2 * SETTLE)).gone).toHaveLength(1);
});

test('a resource made within the settle window may not be visible yet', async () => {
  const { look } = watched('volume');
  await look(T0);
  expect((await look(T0 + SETTLE - 1)).gone).toEqual([]);
});

test('a resource being deleted counts as gone only when two reads a settle window apart do not show it', async () => {
  const { subject, show, look } = watched('dbInstance');
  const id = subject.copy.thing?.id ?? '';
  const seen = (status: string): ThingSighting => ({ type: 'dbInstance', id, status });
  subject.send({ type: 'SIGHTED', at: T0, sighting: seen('failed') });
  subject.answer('delete');
  const at = T0 + minutes(10);
  expect((await look(at)).gone).toEqual([]);
  show(seen('deleting'));
  expect((await look(at + SETTLE)).gone).toEqual([]);
  show();
  // The first absence was a stale read: it does not count together with this one.
  expect((await look(at + 2 * SETTLE)).gone).toEqual([]);
  expect((await look(at + 3 * SETTLE)).gone).toEqual([{ resource: 'events', id }]);
});
