import { planned, strategy, Subject } from './support.ts';

// What was compared is what counts as verified, and nothing that took its place.

/** Restored and being compared, by a strategy that does not wait for hydration. */
function verifying(copies: number): Subject {
  const subject = new Subject(planned([strategy('lazy')], { readyWhen: 'available', copies }));
  subject.grant();
  for (let copy = 0; copy < copies; copy += 1) {
    subject.answer('createVolume', { id: `vol-${copy}` });
    subject.see(`vol-${copy}`);
  }
  expect(subject.state).toBe('verifying');
  return subject;
}

describe.each([1, 2])('one of %i copies is discarded while it is compared', (copies) => {
  test.each([
    ['went to error', (subject: Subject) => subject.see('vol-0', { status: 'error' })],
    ['was deleted by another user', (subject: Subject) => subject.see('vol-0', { status: 'deleted' })],
    ['vanished', (subject: Subject) => subject.send({ type: 'GONE', at: subject.at, id: 'vol-0' })],
  ])('%s: the old answer does not verify the new one', (_what, lose) => {
    const subject = verifying(copies);
    const old = subject.effect('inspect');
    lose(subject);
    expect(subject.asked.map(({ id }) => id)).not.toContain(old.id);
    const answer = { effectId: old.id, type: 'inspect', ok: true, result: { findings: [] } } as const;
    subject.send({ type: 'ANSWERED', at: subject.at, answer });
    expect(subject.context.verified).toBe(false);

    subject.grant();
    subject.answer('createVolume', { id: 'vol-new' });
    subject.see('vol-new');
    expect(subject.state).toBe('verifying');
    const fresh = subject.effect('inspect');
    expect(fresh.id).not.toBe(old.id);
    expect(fresh.type === 'inspect' && fresh.things.map(({ id }) => id)).toContain('vol-new');
    // Late, too: the answer of what was thrown away says nothing about what is compared now.
    subject.send({ type: 'ANSWERED', at: subject.at, answer });
    expect(subject.state).toBe('verifying');
    subject.answer('inspect', { findings: [] });
    expect(subject.state).toBe('ready');
  });
});

test('one that is lost after it was verified is verified anew', () => {
  const subject = verifying(1);
  subject.answer('inspect', { findings: [] });
  expect(subject.state).toBe('ready');
  subject.send({ type: 'GONE', at: subject.at, id: 'vol-0' });
  subject.grant();
  subject.answer('createVolume', { id: 'vol-new' });
  subject.see('vol-new');
  expect(subject.state).toBe('verifying');
  expect(subject.effect('inspect')).toMatchObject({ things: [{ id: 'vol-new' }] });
});
