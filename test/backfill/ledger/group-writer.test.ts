import { constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GroupWriter } from '../../../src/backfill/ledger/group-writer.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-group-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = constants;

function writerOn(file: string, flags: number, groups: number[][] = []) {
  const descriptor = openSync(file, flags, 0o600);
  return new GroupWriter<number>(descriptor, file, {
    makeDurable: async () => undefined,
    onWritten: (entries) => groups.push([...entries]),
  });
}

test('what comes while a group is under way is the next, in order, and each is told when it is there', async () => {
  const file = join(directory, 'log');
  const groups: number[][] = [];
  const writer = writerOn(file, O_WRONLY | O_CREAT | O_APPEND, groups);
  const seen: string[] = [];
  const append = async (index: number): Promise<void> => {
    await writer.append(`line ${index} ü\n`, index);
    seen.push(readFileSync(file, 'utf8').includes(`line ${index} ü\n`) ? 'there' : 'missing');
  };
  const first = Array.from({ length: 50 }, (_, index) => append(index));
  await new Promise((resolve) => setImmediate(resolve));
  const second = Array.from({ length: 50 }, (_, index) => append(50 + index));
  await Promise.all([...first, ...second]);
  await writer.close();
  expect(readFileSync(file, 'utf8')).toBe(
    Array.from({ length: 100 }, (_, index) => `line ${index} ü\n`).join(''),
  );
  expect(groups.flat()).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(groups.length).toBeLessThan(5);
  expect(new Set(seen)).toEqual(new Set(['there']));
});

test('closing waits for what has been accepted', async () => {
  const file = join(directory, 'log');
  const writer = writerOn(file, O_WRONLY | O_CREAT | O_APPEND);
  const written = writer.append('one\n', 1);
  await writer.close();
  await writer.close();
  expect(readFileSync(file, 'utf8')).toBe('one\n');
  await written;
  expect(() => writer.append('two\n', 2)).toThrow('is closed');
});

test.each([
  ['a full disk', '/dev/full', O_WRONLY | O_APPEND, 'the disk is full'],
  ['a descriptor that cannot be written', '/dev/null', O_RDONLY, 'EBADF'],
])(
  '%s rejects everything that waits, tells what to do, and nothing more is accepted',
  async (_, file, flags, why) => {
    const groups: number[][] = [];
    const writer = writerOn(file, flags, groups);
    const early = [writer.append('a\n', 1), writer.append('b\n', 2)];
    await new Promise((resolve) => setImmediate(resolve));
    // Under way, or waiting for the next group: both are told.
    const late = writer.append('c\n', 3);
    for (const written of [...early, late]) {
      await expect(written).rejects.toMatchObject({
        code: 'LEDGER_UNWRITABLE',
        message: expect.stringContaining(why) as string,
        next: expect.stringContaining('/dev') as string,
      });
    }
    await expect(writer.append('d\n', 4)).rejects.toMatchObject({ code: 'LEDGER_UNWRITABLE' });
    expect(groups).toEqual([]);
    await writer.close();
  },
);

test('a failure without a waiting caller does not end the process', async () => {
  const writer = writerOn('/dev/full', O_WRONLY | O_APPEND);
  void writer.append('a\n', 1);
  await writer.close();
  await expect(writer.append('b\n', 2)).rejects.toMatchObject({ code: 'LEDGER_UNWRITABLE' });
});
