import type { Header } from '../../../src/backfill/base/record.ts';
import type { ReplayRequest } from '../../../src/backfill/base/replay-ports.ts';
import { fc } from '../../property.ts';
import { httpTarget, listSource, removeFolders, request, requests, run } from '../replay/parts.ts';
import { answers, closeServers, target, type TargetServer } from '../replay/servers.ts';

afterEach(async () => {
  await closeServers();
  removeFolders();
});

/** Everything by which a log could lead elsewhere, with the address of a server that must hear nothing. */
function hostile({ url, port }: TargetServer): Partial<ReplayRequest>[] {
  const host = `127.0.0.1:${port}`;
  const split = `HTTP/1.1\r\nHost: ${host}\r\n\r\nGET ${url}/stolen HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const headers = (...list: Header[]): Partial<ReplayRequest> => ({ headers: list });
  return [
    { url: `${url}/stolen` },
    { url: `//${host}/stolen` },
    { url: `http:${host}/stolen` },
    { url: `http://127.0.0.1@${host}/stolen` },
    { url: `\\\\${host}\\stolen` },
    { url: `/\\${host}/stolen` },
    { url: `@${host}/stolen` },
    { url: `.${host}/` },
    { url: `:${port}/stolen` },
    { url: host, method: 'CONNECT' },
    { url: '*', method: 'OPTIONS' },
    { url: `/ ${split}` },
    { url: `/%0d%0a${encodeURIComponent(split)}` },
    { url: '/\u010a\u010d', method: 'GET' },
    { method: `GET ${url}/stolen HTTP/1.1\r\nx: ` },
    headers(['host', host]),
    headers(['Host', host], ['host', host]),
    headers(['x-forwarded-host', host], ['forwarded', `host=${host}`]),
    headers(['x-a', `b\r\n\r\n${split}`]),
    headers([`x-a: b\r\nhost: ${host}\r\nx-c`, 'd']),
    headers(['transfer-encoding', 'chunked'], ['content-length', '0']),
    headers(['content-length', '3'], ['content-length', '300']),
    headers(['connection', 'upgrade'], ['upgrade', 'h2c']),
    headers(['expect', '100-continue']),
    headers(['x-\u010a\u010d', 'x'], ['x-a', '\u010a\u010d']),
    { body: Buffer.from(`0\r\n\r\n${split}`), ...headers(['transfer-encoding', 'chunked']) },
  ];
}

test('a hostile log reaches the declared target only, with at most one request for each record', async () => {
  const other = await target(answers(200));
  const server = await target(
    answers(307, { location: `${other.url}/stolen`, refresh: `0;url=${other.url}` }),
  );
  const records = hostile(other).map((parts, ordinal) => request(ordinal, parts));
  const source = listSource(records);
  const { end } = await run({ source, target: httpTarget(server.url) });

  expect(other.connections()).toBe(0);
  expect(end).toMatchObject({ kind: 'done', sends: records.length });
  expect(end.fates.rejected + end.fates.abandoned).toBe(records.length);
  expect(server.received).toHaveLength(end.fates.rejected);
  expect(end.fates.rejected).toBeGreaterThan(10);
  for (const { headers, path } of server.received) {
    expect(headers.host).toBe(`127.0.0.1:${server.port}`);
    expect(path).toMatch(/^(\/|\*$)/);
    expect(headers['transfer-encoding']).toBeUndefined();
  }
});

test('whatever a record holds: what arrives is one request to the declared target, or nothing', async () => {
  const server = await target(answers(200));
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('\r\n', '\n\n', '\u0000', 'http://x/'),
  );
  const record = fc.record({
    method: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE') },
      { weight: 1, arbitrary: text },
    ),
    url: text.map((rest) => `/${rest}`),
    headers: fc.array(
      fc.tuple(fc.oneof(fc.constantFrom('x-a', 'connection', 'Host', 'content-length'), text), text),
      { maxLength: 3 },
    ),
    body: fc.uint8Array({ maxLength: 20 }),
  });
  const cases = fc.sample(record, { numRuns: 300, seed: 7 });
  const { end } = await run({
    source: listSource(requests(cases.length, (ordinal) => cases[ordinal] ?? {})),
    target: httpTarget(server.url),
  });

  const { succeeded, rejected, abandoned, ambiguous } = end.fates;
  expect(succeeded + rejected + abandoned + ambiguous).toBe(cases.length);
  expect(ambiguous).toBe(0);
  expect(succeeded).toBeGreaterThan(50);
  expect(abandoned).toBeGreaterThan(50);
  const valid = server.received.filter(({ headers }) => headers.host === `127.0.0.1:${server.port}`);
  expect(valid).toHaveLength(server.received.length);
  expect(server.received.length).toBe(succeeded + rejected);
});
