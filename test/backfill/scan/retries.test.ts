import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Classified } from '../../../src/backfill/classes/classifier.ts';
import { openRetryMatcher, type RetryMatcher, type Sighting } from '../../../src/backfill/scan/retries.ts';
import { LifeboatError } from '../../../src/errors.ts';
import { fc } from '../../property.ts';

const directory = mkdtempSync(join(tmpdir(), 'lifeboat-retries-'));
const file = join(directory, 'retries.scratch');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const START = 1_598_032_800_000;
/** The first byte says in which part of the file it is kept, the rest is as good as random. */
const identity = (name: string): Uint8Array => {
  const bytes = Buffer.alloc(16, name);
  bytes[0] = name.charCodeAt(0);
  return bytes;
};
const classified = (horizonSeconds: number, rule = 'web'): Classified => ({
  rule,
  verdict: 'lost',
  reason: 'gone',
  horizonSeconds,
  retriedReason: 'found',
});
/** `name@seconds`, at an offset of its own. */
const sighting = (text: string, offset = 0, source = 1): Sighting => {
  const [name = '', seconds = '0'] = text.split('@');
  return { source, offset, at: START + Number(seconds) * 1_000, identity: identity(name) };
};

function withMatcher<T>(body: (matcher: RetryMatcher) => T): T {
  const matcher = openRetryMatcher(file);
  try {
    return body(matcher);
  } finally {
    matcher.close();
  }
}

/** Offsets of the candidates that were tried again. */
function retried(matcher: RetryMatcher): readonly number[] {
  const found: number[] = [];
  matcher.resolve(({ offset }, wasRetried) => {
    if (wasRetried) found.push(offset);
  });
  return found.sort((a, b) => a - b);
}

describe('failed requests with a horizon of 30 s, and what came after them', () => {
  test.each<[string, string[], string[], number[]]>([
    ['nothing', ['a@0'], [], []],
    ['a success 3 s later', ['a@0'], ['a@3'], [0]],
    ['a success at the end of the horizon', ['a@0'], ['a@30'], [0]],
    ['a success after the horizon', ['a@0'], ['a@30.001'], []],
    ['a success before', ['a@10'], ['a@9'], []],
    ['a success of another', ['a@0'], ['b@3'], []],
    ['two failures, then a success', ['a@0', 'a@3'], ['a@6'], [0, 1]],
    [
      'ten failures, 3 s apart, and then nothing: the last decides',
      Array.from({ length: 10 }, (_, n) => `a@${n * 3}`),
      [],
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    ],
    ['failures too far apart', ['a@0', 'a@31', 'a@62'], ['a@70'], [2]],
    ['a success between failures', ['a@0', 'a@100'], ['a@5'], [0]],
    ['a success before the earlier and one after the later', ['a@10', 'a@100'], ['a@9', 'a@101'], [1]],
    ['failures of several, mixed up in time', ['b@5', 'a@20', 'a@0', 'b@100'], ['a@45', 'c@6'], [1, 2]],
  ])('%s', (_, failures, others, expected) => {
    withMatcher((matcher) => {
      failures.forEach((text, offset) =>
        matcher.candidate({ ...sighting(text, offset), classified: classified(30) }),
      );
      expect(matcher.candidates).toBe(failures.length);
      // A second pass sees the failures once more.
      failures.forEach((text, offset) => matcher.see(sighting(text, offset)));
      others.forEach((text, index) => matcher.see(sighting(text, 1_000 + index)));
      expect(retried(matcher)).toEqual(expected);
    });
  });
});

describe('at the same instant', () => {
  const fails = (matcher: RetryMatcher, offset: number, source = 1) =>
    matcher.candidate({ ...sighting('a@0', offset, source), classified: classified(30) });

  test('a request is not its own retry', () => {
    withMatcher((matcher) => {
      fails(matcher, 5);
      matcher.see(sighting('a@0', 5));
      matcher.see(sighting('a@0', 5));
      expect(retried(matcher)).toEqual([]);
    });
  });

  test('of two failures one is left to replay', () => {
    withMatcher((matcher) => {
      fails(matcher, 9);
      fails(matcher, 5);
      fails(matcher, 1, 2);
      expect(retried(matcher)).toEqual([5, 9]);
    });
  });

  test('a success further on in the source is a retry, one before it is none', () => {
    withMatcher((matcher) => {
      fails(matcher, 5);
      matcher.see(sighting('a@0', 4));
      expect(retried(matcher)).toEqual([]);
      matcher.see(sighting('a@0', 6));
      expect(retried(matcher)).toEqual([5]);
    });
  });
});

test('each candidate comes back with what it was', () => {
  withMatcher((matcher) => {
    const one = { ...sighting('a@0', 2 ** 45, 3), classified: classified(1, 'one'), host: 'a.example' };
    const two = { ...sighting('b@1', 7, 4), classified: classified(2, 'two') };
    matcher.candidate(one);
    matcher.candidate(two);
    const found: unknown[] = [];
    matcher.resolve((candidate, wasRetried) => found.push({ ...candidate, wasRetried }));
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        {
          ...{ source: 3, offset: 2 ** 45, at: START, classified: one.classified },
          ...{ host: 'a.example', wasRetried: false },
        },
        {
          ...{ source: 4, offset: 7, at: START + 1_000, classified: two.classified },
          ...{ host: null, wasRetried: false },
        },
      ]),
    );
  });
});

describe('where retries may be', () => {
  test('from the failure until an answer to a retry at the end of the horizon could come', () => {
    withMatcher((matcher) => {
      expect(matcher.spans()).toEqual([]);
      matcher.candidate({ ...sighting('a@0'), classified: classified(30) });
      matcher.candidate({ ...sighting('a@10'), classified: classified(3_600) });
      expect(matcher.spans()).toEqual([{ from: START, to: START + 7_610_001 }]);
    });
  });

  test('failures far apart make few spans, and none is left out', () => {
    withMatcher((matcher) => {
      for (let day = 0; day < 2_000; day += 1)
        matcher.candidate({ ...sighting(`a@${day * 86_400}`), classified: classified(30) });
      const spans = matcher.spans();
      expect(spans.length).toBeLessThanOrEqual(256);
      for (let day = 0; day < 2_000; day += 1) {
        const at = START + day * 86_400_000;
        expect(spans.some(({ from, to }) => from <= at && at + 30_000 < to)).toBe(true);
      }
    });
  });
});

test('it finds what comparing all with all finds, whatever the order', () => {
  const request = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    seconds: fc.nat(60),
    horizon: fc.constantFrom(1, 7, 20, 1_000),
    failed: fc.boolean(),
    source: fc.constantFrom(1, 2),
  });
  fc.assert(
    fc.property(
      fc.array(request, { maxLength: 40 }),
      fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 }),
      (requests, order) => {
        const all = requests.map((one, offset) => ({
          ...one,
          ...sighting(`${one.name}@${one.seconds}`, offset, one.source),
        }));
        const isLater = (x: Sighting, y: Sighting) =>
          x.at - y.at || x.source - y.source || x.offset - y.offset;
        const expected = all.flatMap((one) =>
          one.failed &&
          all.some(
            (other) =>
              other.name === one.name && isLater(other, one) > 0 && other.at <= one.at + one.horizon * 1_000,
          )
            ? [one.offset]
            : [],
        );
        const shuffled = all.toSorted((x, y) => (order[x.offset] ?? 0) - (order[y.offset] ?? 0));
        const found = withMatcher((matcher) => {
          for (const { source, offset, at, identity, failed, horizon } of all)
            if (failed) matcher.candidate({ source, offset, at, identity, classified: classified(horizon) });
          for (const one of shuffled) matcher.see(one);
          return retried(matcher);
        });
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('many candidates of one identity, each seen again: none is looked for twice as long as another', () => {
  withMatcher((matcher) => {
    const count = 20_000;
    for (let n = 0; n < count; n += 1)
      matcher.candidate({ ...sighting(`a@${n}`, n), classified: classified(n % 2 === 0 ? 604_800 : 0.5) });
    for (let n = 0; n < count; n += 1) matcher.see(sighting(`a@${n}`, n));
    // Those with the long horizon have the next one after them; those with the short one have none in time.
    expect(retried(matcher)).toHaveLength(count / 2);
  });
});

test('what is asked in the wrong order is a bug and says so', () => {
  withMatcher((matcher) => {
    matcher.see(sighting('a@0'));
    expect(() => matcher.candidate({ ...sighting('a@0'), classified: classified(30) })).toThrow(/had begun/);
  });
  withMatcher((matcher) => {
    const without: Classified = { rule: 'web', verdict: 'lost', reason: 'gone' };
    expect(() => matcher.candidate({ ...sighting('a@0'), classified: without })).toThrow(/without a horizon/);
  });
});

test('what an earlier scan left is removed first, and its own file in the end', () => {
  writeFileSync(file, 'not a database');
  withMatcher((matcher) => {
    matcher.candidate({ ...sighting('a@0'), classified: classified(30) });
    expect(retried(matcher)).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });
  expect(existsSync(file)).toBe(false);
});

test('a disk that cannot be written is told of', () => {
  const attempt = () => openRetryMatcher(join(directory, 'missing', 'retries.scratch'));
  expect(attempt).toThrow(LifeboatError);
  expect(attempt).toThrow(/Cannot write .*retries\.scratch/);
});
