import type { isOfRun } from '../../../src/aws/tags.ts';
import type { whyRefused } from '../../../src/simulator/endpoint/presigned.ts';
import type { verifyIdentity } from '../../../src/aws/identity-proof.ts';
import type { verifierOf } from '../../../src/hosts/verify-identity.ts';
import type { whyUnheard } from '../../../src/journal/signal-proof.ts';
import type { chooseQuestion } from '../../../src/workflow/recovery/questions.ts';
import { variant, type Variant } from '../variant.ts';

const SIGNALS = 'test/driver/verify-signal.test.ts';

/** What is believed: who gave a signal, what it is for, and which run a journal and a thing belong to. */
export const trust: readonly Variant[] = [
  variant<typeof chooseQuestion>({
    name: 'a-plain-approval-answers-what-is-asked-later',
    breaks: 'A plain approval counts only for what the run asks when it is given.',
    seam: 'chooseQuestion',
    how: (choose) => (_, next, said) => choose({ ...next, asks: next.asks ?? 'cleanup' }, next, said),
    tests: [{ path: 'test/workflow/questions.test.ts', name: 'while nothing is asked none counts' }],
  }),
  variant<typeof verifierOf>({
    name: 'an-approval-is-believed-as-it-stands',
    breaks: 'On a real account the identity service says who gave an approval.',
    seam: 'verifierOf',
    how: () => () => async (signal) => signal,
    tests: [{ path: SIGNALS, name: 'the person who signed|does not count' }],
  }),
  variant<typeof verifyIdentity>({
    name: 'a-proof-is-not-bound-to-its-signal',
    breaks: 'A proof of identity counts for one run and the words of one signal.',
    seam: 'verifyIdentity',
    how: (verify) => (endpoint, proof, to) =>
      verify(endpoint, proof, to).catch(() => ({ account: '', arn: '', name: 'alex' })),
    tests: [{ path: SIGNALS, name: 'under other words|with another reason' }],
  }),
  variant<typeof whyUnheard>({
    name: 'an-altered-signal-counts',
    breaks: 'A signal whose row was inserted or edited does not count.',
    seam: 'whyUnheard',
    how:
      (why) =>
      ({ isAltered, ...signal }, record, now) =>
        isAltered === true ? undefined : why(signal, record, now),
    tests: [{ path: SIGNALS, name: 'inserted into the journal' }],
  }),
  variant<typeof isOfRun>({
    name: 'the-run-tag-alone-makes-a-thing-ours',
    breaks: 'Only what carries the run, the runbook and the mode of a run is its to delete.',
    seam: 'isOfRun',
    how:
      () =>
      (tags, { runId }) =>
        tags?.some(({ Key, Value }) => Key === 'lifeboat:run' && Value === runId) === true,
    tests: [{ path: 'test/aws/tags.test.ts', name: 'a thing is of the run only by its tags' }],
  }),
  variant<typeof whyRefused>({
    name: 'any-signature-fits-at-the-endpoint',
    breaks: 'The endpoint of the simulator refuses a presigned request whose signature does not fit.',
    seam: 'whyRefused',
    how: () => () => undefined,
    tests: [{ path: 'test/aws/identity-proof.test.ts', name: 'another name under the same signature' }],
  }),
];
