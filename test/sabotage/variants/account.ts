import type { mayTake } from '../../../src/aws/claim/rules.ts';
import type { readPages } from '../../../src/aws/pages.ts';
import type { oldestFirst } from '../../../src/aws/answers.ts';
import type { deleteDbInstances } from '../../../src/aws/rds-instance/instances.ts';
import type { surplusOf, removeEach } from '../../../src/aws/sweeping.ts';
import type { isOfRun, tagsFor } from '../../../src/aws/tags.ts';
import type { classify } from '../../../src/aws/request-failures.ts';
import type { CallPacer } from '../../../src/driver/requests/call-pacer.ts';
import type { UnsupportedOperations } from '../../../src/driver/requests/unsupported-operations.ts';
import type { isThrottle, PacedCalls } from '../../../src/driver/requests/calls.ts';
import type { givenTags } from '../../../src/tags.ts';
import type { compareDbInstance, compareVolume } from '../../../src/verify/configuration.ts';
import { variant, type Variant } from '../variant.ts';

/** What reaches the account: whose things are touched, what is asked for, how fast. */
export const account: readonly Variant[] = [
  variant<typeof isOfRun>({
    name: 'things-of-others-count-as-this-runs',
    breaks: 'What does not carry the tag of this run is neither deleted nor changed.',
    seam: 'isOfRun',
    how: () => () => true,
    tests: [
      { path: 'test/aws/ec2.test.ts', name: 'deletes what is ours|removes what is not kept' },
      { path: 'test/aws/rds-settings.test.ts', name: 'what another run made is not changed' },
    ],
  }),
  variant<typeof surplusOf>({
    name: 'a-sweep-removes-what-is-kept',
    breaks: 'A sweep removes nothing that is to be kept.',
    seam: 'surplusOf',
    how: () => (_effect, found) => found,
    tests: [{ path: 'test/aws/ec2.test.ts', name: 'sweep' }],
  }),
  variant<typeof surplusOf>({
    name: 'a-sweep-that-keeps-all-removes',
    breaks: 'The sweep of an abort that keeps only finds.',
    seam: 'surplusOf',
    how: (surplusOf) => (effect, found) => {
      const { keepsAll, ...removing } = effect;
      return surplusOf(keepsAll === true ? removing : effect, found);
    },
    tests: [{ path: 'test/aws/ec2.test.ts', name: 'only finds when all is to be kept' }],
  }),
  variant<typeof removeEach>({
    name: 'one-refused-removal-keeps-the-others',
    breaks: 'What refuses to be removed does not keep the others.',
    seam: 'removeEach',
    how: (removeEach) => async (things, remove) => {
      for (const thing of things) if ((await removeEach([thing], remove)).length === 0) return [];
      return things;
    },
    tests: [{ path: 'test/aws/ec2.test.ts', name: 'one that refuses stays found and keeps no other' }],
  }),
  variant<typeof tagsFor>({
    name: 'what-is-made-carries-no-tag-of-the-run',
    breaks: 'Everything that is made carries the tag of its run.',
    seam: 'tagsFor',
    how:
      (tagsFor) =>
      (...given) =>
        tagsFor(...given).filter(({ Key }) => Key !== 'lifeboat:run'),
    tests: [{ path: 'test/aws/ec2.test.ts', name: 'createVolume asks for everything in one request' }],
  }),
  variant<typeof givenTags>({
    name: 'tags-of-another-run-are-copied',
    breaks: 'Reserved tags, and tags of another run, are not copied from the source.',
    seam: 'givenTags',
    how: () => (source) => Object.keys(source).sort(),
    tests: [{ path: 'test/aws/tags.test.ts', name: 'are left out' }],
  }),
  variant<typeof deleteDbInstances>({
    name: 'other-runs-databases-are-deleted',
    breaks: 'A DB instance that does not carry the tag of this run is not deleted.',
    seam: 'deleteDbInstances',
    how: (deleteDbInstances) => (aws, effects) => {
      const pretending = {
        ...aws,
        client: {
          send: async (command: never) => {
            const answer = (await aws.client.send(command)) as {
              DBInstances?: { TagList?: { Key: string; Value: string }[] }[];
            };
            for (const instance of answer.DBInstances ?? [])
              instance.TagList = [{ Key: 'lifeboat:run', Value: aws.runId }];
            return answer;
          },
        },
      } as unknown as typeof aws;
      return deleteDbInstances(pretending, effects);
    },
    tests: [{ path: 'test/aws/rds.test.ts', name: 'deleteDbInstance' }],
  }),
  variant<typeof mayTake>({
    name: 'a-restore-takes-the-mark-of-another-restore',
    breaks: 'A second restore of a runbook is refused while another one has marked it.',
    seam: 'mayTake',
    how: () => () => true,
    tests: [{ path: 'test/aws/claim.test.ts', name: 'claim' }],
  }),
  variant<typeof readPages>({
    name: 'only-the-first-page-is-read',
    breaks: 'Reads follow every page.',
    seam: 'readPages',
    how: (readPages) => (operation, read) =>
      readPages(operation, async (token) => ({ ...(await read(token)), next: undefined })),
    tests: [{ path: 'test/aws/ec2-observe.test.ts', name: 'pages are followed' }],
  }),
  variant<number>({
    name: 'fsr-requests-are-too-large',
    breaks: 'A request of fast snapshot restore carries at most ten snapshots.',
    seam: 'FSR_SNAPSHOTS_PER_CALL',
    how: () => 25,
    tests: [{ path: 'test/aws/ec2-fsr.test.ts', name: '3 calls of at most 10' }],
  }),
  variant<number>({
    name: 'filters-are-too-long',
    breaks: 'A filter carries at most 200 values.',
    seam: 'FILTER_VALUES_PER_CALL',
    how: () => 1_000,
    tests: [{ path: 'test/aws/ec2-observe.test.ts', name: 'calls of 200 ids' }],
  }),
  variant<typeof oldestFirst>({
    name: 'of-several-the-newest-is-kept',
    breaks: 'Of several things of one identity everyone keeps the oldest.',
    seam: 'oldestFirst',
    how: (oldestFirst) => (things, ageOf) => [...oldestFirst(things, ageOf)].reverse(),
    tests: [
      { path: 'test/aws/ec2-snapshots.test.ts', name: 'of several the oldest is kept' },
      { path: 'test/aws/ec2-adoption.test.ts' },
    ],
  }),
  variant<typeof compareVolume>({
    name: 'differences-of-volumes-are-not-seen',
    breaks: 'Created resources are compared with the request.',
    seam: 'compareVolume',
    how: () => () => [],
    tests: [{ path: 'test/aws/ec2.test.ts', name: 'compares all volumes' }],
  }),
  variant<typeof compareDbInstance>({
    name: 'differences-of-databases-are-not-seen',
    breaks: 'Created resources are compared with the request.',
    seam: 'compareDbInstance',
    how: () => () => [],
    tests: [{ path: 'test/aws/rds.test.ts', name: 'compares with the spec' }],
  }),
  variant<typeof classify>({
    name: 'lost-answers-count-as-refusals',
    breaks: 'A time-out says nothing about whether the request was carried out.',
    seam: 'aws/classify',
    how: (classify) => (error) => {
      const failure = classify(error);
      return failure.class === 'transient' ? { ...failure, class: 'invalid' } : failure;
    },
    tests: [{ path: 'test/aws/failures.test.ts', name: 'a time-out is transient' }],
  }),
  variant<CallPacer['take']>({
    name: 'requests-are-not-paced',
    breaks: 'Requests stay below the token buckets of the API.',
    seam: 'CallPacer#take',
    how: () => () => 0,
    tests: [{ path: 'test/driver/call-pacer.test.ts', name: 'never meets the bucket|wait for their turn' }],
  }),
  variant<CallPacer['throttled']>({
    name: 'a-throttle-slows-nothing-down',
    breaks: 'After a throttle the operation is asked for less often.',
    seam: 'CallPacer#throttled',
    how: () => () => undefined,
    tests: [{ path: 'test/driver/call-pacer.test.ts', name: 'is slowed by half' }],
  }),
  variant<typeof isThrottle>({
    name: 'throttles-are-not-recognized',
    breaks: 'A throttle is counted, and slows the operation down.',
    seam: 'isThrottle',
    how: () => () => false,
    tests: [{ path: 'test/driver/call-pacer.test.ts', name: 'calls' }],
  }),
  variant<PacedCalls['perform']>({
    name: 'requests-are-counted-after-they-are-sent',
    breaks: 'A request is counted in the journal before it is sent: what cannot be counted is not sent.',
    seam: 'PacedCalls#perform',
    how: (perform) =>
      async function (this: PacedCalls, operation, send) {
        const answer = await send();
        return perform.call(this, operation, async () => answer) as never;
      },
    tests: [{ path: 'test/driver/call-pacer.test.ts', name: 'counted' }],
  }),
  variant<UnsupportedOperations['refuse']>({
    name: 'unsupported-operations-are-sent-for-ever',
    breaks: 'An operation that the endpoint has turned out not to support is not sent any more.',
    seam: 'UnsupportedOperations#refuse',
    how: () => () => undefined,
    tests: [
      { path: 'test/driver/unsupported-operations.test.ts', name: 'the operation is not sent any more' },
    ],
  }),
];
