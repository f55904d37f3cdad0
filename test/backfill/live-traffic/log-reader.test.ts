import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FieldMapping } from '../../../src/runbook/backfill-schema.ts';
import { createLogReader } from '../../../src/backfill/live-traffic/log-reader.ts';
import { LogTail } from '../../../src/backfill/live-traffic/log-tail.ts';
import type { TrafficReader } from '../../../src/backfill/live-traffic/traffic-reader.ts';

const NEVER = new AbortController().signal;
let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  path = join(folder, 'live.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('follows a file', () => {
  async function tailing(body: (tail: LogTail) => Promise<void>): Promise<void> {
    const tail = new LogTail(path);
    try {
      await body(tail);
    } finally {
      await tail.close();
    }
  }
  const linesOf = async (tail: LogTail) => (await tail.read()).lines;

  test('from its end, line by line, also when a line comes in parts', async () => {
    writeFileSync(path, 'old\nold and unfini');
    await tailing(async (tail) => {
      expect(await linesOf(tail)).toEqual([]);
      appendFileSync(path, 'shed\none\ntw');
      expect(await linesOf(tail)).toEqual(['one']);
      appendFileSync(path, 'o');
      expect(await linesOf(tail)).toEqual([]);
      appendFileSync(path, '\n\nthree\n');
      expect(await linesOf(tail)).toEqual(['two', '', 'three']);
    });
  });

  test('through renaming: the rest of the old one, then the new one from its beginning', async () => {
    writeFileSync(path, 'old\n');
    await tailing(async (tail) => {
      await tail.read();
      appendFileSync(path, 'last\n');
      renameSync(path, `${path}.1`);
      appendFileSync(`${path}.1`, 'very last\nnever finished');
      writeFileSync(path, 'new\n');
      expect(await linesOf(tail)).toEqual(['last', 'very last', 'new']);
      appendFileSync(path, 'newer\n');
      expect(await linesOf(tail)).toEqual(['newer']);
    });
  });

  test('through copying and truncating', async () => {
    writeFileSync(path, 'old\nand older\n');
    await tailing(async (tail) => {
      await tail.read();
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
      appendFileSync(path, 'new\n');
      expect(await linesOf(tail)).toEqual(['new']);
    });
  });

  test('that is not there, comes and goes', async () => {
    await tailing(async (tail) => {
      expect(await tail.read()).toEqual({ lines: [], why: `there is no file ${path}` });
      writeFileSync(path, 'first\n');
      expect(await tail.read()).toEqual({ lines: ['first'] });
      rmSync(path);
      expect(await tail.read()).toEqual({ lines: [], why: `there is no file ${path}` });
      writeFileSync(path, 'again\n');
      expect(await linesOf(tail)).toEqual(['again']);
    });
  });

  test('of which too much was written: only its newest part counts', async () => {
    writeFileSync(path, '');
    await tailing(async (tail) => {
      await tail.read();
      const line = `${'x'.repeat(99)}\n`;
      appendFileSync(path, line.repeat(60_000));
      const lines = await linesOf(tail);
      expect(lines.length).toBe(Math.floor((4 * 1024 * 1024) / 100));
      expect(new Set(lines)).toEqual(new Set([line.trimEnd()]));
    });
  });

  test('with a line without end, in constant memory', async () => {
    writeFileSync(path, '');
    await tailing(async (tail) => {
      await tail.read();
      for (let part = 0; part < 4; part += 1) {
        appendFileSync(path, 'x'.repeat(200_000));
        expect(await linesOf(tail)).toEqual([]);
      }
      appendFileSync(path, '\nnext\n');
      expect(await linesOf(tail)).toEqual(['next']);
    });
  });

  test('that is none: says why', async () => {
    const tail = new LogTail(folder);
    expect((await tail.read()).why).toMatch(/cannot be read \(EISDIR\)$/);
    await tail.close();
  });
});

describe('tells of the last seconds', () => {
  let nowMs = 0;
  async function reading(
    body: (reader: TrafficReader) => Promise<void>,
    fields: FieldMapping = {},
  ): Promise<void> {
    nowMs = 5_000;
    writeFileSync(path, '');
    const reader = createLogReader(path, 1, fields, () => nowMs);
    try {
      await reader.read(NEVER);
      await body(reader);
    } finally {
      await reader.close();
    }
  }
  const append = (lines: readonly string[]): void =>
    appendFileSync(path, lines.map((line) => `${line}\n`).join(''));

  test('an exact p99, the share of 5xx, the number of requests, for two seconds', () =>
    reading(async (reader) => {
      append(
        Array.from(
          { length: 200 },
          (_, index) => `{"latency":${(index + 1) / 1_000},"status":${index < 4 ? 503 : 404}}`,
        ),
      );
      expect(await reader.read(NEVER)).toEqual({ sample: { requests: 200, errorRate: 0.02, p99Ms: 198 } });
      nowMs += 1_000;
      append(Array(100).fill('{"latency":0.5,"status":200}'));
      expect(await reader.read(NEVER)).toMatchObject({ sample: { requests: 300, p99Ms: 500 } });
      nowMs += 1_500;
      expect(await reader.read(NEVER)).toEqual({ sample: { requests: 100, errorRate: 0, p99Ms: 500 } });
    }));

  test('no p99 of a handful', () =>
    reading(async (reader) => {
      append(Array(19).fill('{"latency":0.5,"status":200}'));
      expect(await reader.read(NEVER)).toEqual({ sample: { requests: 19, errorRate: 0 } });
    }));

  test('by mapped fields, also of values in quotes', () =>
    reading(
      async (reader) => {
        append(Array(20).fill('{"req":{"took":"0.25"},"status.code":"502"}'));
        expect(await reader.read(NEVER)).toEqual({ sample: { requests: 20, errorRate: 1, p99Ms: 250 } });
      },
      { latency: 'req.took', status: 'status.code' },
    ));

  test('what cannot be read is passed over; when nothing else comes it says so', () =>
    reading(async (reader) => {
      append([
        'not JSON',
        '[]',
        'null',
        '{"latency":"soon","status":200}',
        '{"latency":-1,"status":200}',
        '{"latency":1}',
      ]);
      append(['{"latency":0.1,"status":200}']);
      expect(await reader.read(NEVER)).toEqual({ sample: { requests: 1, errorRate: 0 } });
      nowMs += 11_000;
      append(['not JSON']);
      expect(await reader.read(NEVER)).toEqual({
        sample: 'silent',
        why: `${path}: none of its lines is JSON with 'latency' and 'status'`,
      });
    }));

  test('a log that stands still is silent after ten seconds', () =>
    reading(async (reader) => {
      nowMs += 10_000;
      expect(await reader.read(NEVER)).toEqual({ sample: { requests: 0 } });
      nowMs += 1;
      expect(await reader.read(NEVER)).toEqual({
        sample: 'silent',
        why: `${path}: nothing was written to it lately`,
      });
    }));
});
