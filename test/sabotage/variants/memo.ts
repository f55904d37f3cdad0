import type { ContactMemo } from '../../../src/driver/watch/contact.ts';
import type { MemoWriter, recall, Recalled } from '../../../src/driver/memo.ts';
import { withoutRetried, type recordsOf } from '../../../src/notices/record.ts';
import { variant, type TestSelection, type Variant } from '../variant.ts';

const RESTARTS = 'test/simulation/restarts.test.ts';

/** Breaks one field of the memo on open. */
function forgetting(
  field: string,
  forget: (recalled: Recalled) => Recalled,
  ...tests: readonly TestSelection[]
): Variant {
  return variant<typeof recall>({
    name: `an-opened-driver-forgets-${field}`,
    breaks: `What the memo says of ${field} outlives the driver.`,
    seam: 'recall',
    how: (recall) => (json) => forget(recall(json)),
    tests,
  });
}

function without(field: keyof Recalled): (recalled: Recalled) => Recalled {
  return (recalled) => Object.fromEntries(Object.entries(recalled).filter(([name]) => name !== field));
}

/** Remembers one of the two outages. */
function outageOnly(kept: keyof ContactMemo): (recalled: Recalled) => Recalled {
  return ({ contact, ...memo }) => {
    const outage = contact?.[kept];
    return { ...memo, contact: outage === undefined ? {} : { [kept]: outage } };
  };
}

/** Goes on with notices as if none had been tried. */
const notices = variant<typeof recordsOf>({
  name: 'a-process-forgets-attempts-to-deliver-a-notice',
  breaks: 'The attempts to deliver a notice, and when the next is due, outlive the process.',
  seam: 'recordsOf',
  how: (recordsOf) => (fact) => recordsOf(fact).map(withoutRetried),
  tests: [{ path: 'test/notices/notifier.test.ts', name: 'makes the attempts that are left' }],
});

/** Holds back all of a memo that decides nothing. */
const heldBack = variant<MemoWriter['changes']>({
  name: 'a-kept-driver-holds-back-what-a-kill-must-not-lose',
  breaks: 'A driver that is kept between ticks holds back only what costs a repeated look.',
  seam: 'MemoWriter#changes',
  how: (changes) =>
    function (this: MemoWriter, memo, baseline, holds) {
      return holds === true ? undefined : changes.call(this, memo, baseline, holds);
    },
  tests: [{ path: 'test/simulation/golden.test.ts' }],
});

/** A driver that lives no longer than a tick goes the same way as one that stays: for each field of its memo, a driver that forgets it. */
export const memo: readonly Variant[] = [
  notices,
  heldBack,
  forgetting('time', without('time'), { path: RESTARTS, name: 'a clock that is put back' }),
  forgetting('look', without('look'), { path: RESTARTS, name: 'a request that is throttled' }),
  forgetting('absences', without('absences'), { path: RESTARTS, name: 'a volume that vanishes' }),
  forgetting('contact', without('contact'), { path: RESTARTS, name: 'AWS out of reach' }),
  forgetting('unseen-outage', outageOnly('unheard'), { path: RESTARTS, name: 'AWS out of reach' }),
  forgetting('unheard-outage', outageOnly('unseen'), {
    path: RESTARTS,
    name: 'requests without credentials',
  }),
  forgetting('claim', without('claim'), { path: RESTARTS, name: 'a request that is throttled' }),
  forgetting('what-is-foreseen', without('isForeseen'), { path: RESTARTS, name: 'a resource that halts' }),
  forgetting('baseline', without('baseline'), { path: RESTARTS, name: 'a clock that is put back' }),
  forgetting(
    'pacing',
    ({ calls, ...memo }) => ({ ...memo, ...(calls && { calls: { ...calls, pacing: {} } }) }),
    { path: RESTARTS, name: 'a request that is throttled' },
  ),
  forgetting(
    'unsupported-operations',
    ({ calls, ...memo }) => ({
      ...memo,
      ...(calls && { calls: { ...calls, operations: { present: [], suspects: {} } } }),
    }),
    { path: RESTARTS, name: 'an operation that the endpoint lacks' },
  ),
  forgetting('backfill', without('backfill'), { path: RESTARTS, name: 'a backfill that runs elsewhere' }),
  // What is being sent is known only to a driver that dies within a tick.
  forgetting('sending', (memo) => ({ ...memo, sending: [] }), {
    path: 'test/driver/downtime.test.ts',
    name: 'a volume that was asked for is not made twice',
  }),
  forgetting('doubtful', without('doubtful'), {
    path: 'test/driver/downtime.test.ts',
    name: 'by a driver a tick',
  }),
];
