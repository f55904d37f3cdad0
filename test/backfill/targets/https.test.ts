import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpTarget, request } from '../replay/parts.ts';
import { answers, closeServers, target } from '../replay/servers.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const CERT = read('loopback-cert.pem');
const TLS = { key: read('loopback-key.pem'), cert: CERT };

afterEach(closeServers);

test('a certificate that is trusted', async () => {
  const server = await target(answers(201), TLS);
  const to = httpTarget(server.url, {}, { ca: CERT });
  expect(await to.send(request(0), 1)).toMatchObject({ kind: 'answered', status: 201 });
  expect(server.received[0]).toMatchObject({ path: '/events?n=0', body: '{"n":0}' });
  await to.close();
});

test('one that is not trusted gets nothing', async () => {
  const server = await target(answers(201), TLS);
  const to = httpTarget(server.url);
  expect(await to.send(request(0), 1)).toMatchObject({
    kind: 'unsent',
    why: expect.stringContaining('self-signed certificate'),
  });
  expect(server.received).toEqual([]);
  await to.close();
});

test('the certificate must be that of the declared host, whatever the Host header says', async () => {
  const server = await target(answers(201), TLS);
  const url = server.url.replace('127.0.0.1', 'localhost');
  const to = httpTarget(url, { rewrite: { host: 'api.example' } }, { ca: CERT });
  expect(await to.send(request(0), 1)).toMatchObject({ kind: 'answered', status: 201 });
  expect(server.received[0]?.headers.host).toBe('api.example');
  await to.close();
});
