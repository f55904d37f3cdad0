import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { documentOf, ROOT, useCli } from '../../e2e/cli.ts';
import { environmentOf } from '../../e2e/account-stage.ts';
import { clientsOf } from '../../endpoint/clients.ts';
import { runHere } from '../run-here.ts';

const INVENTORY = ['--simulate', `${ROOT}/runbooks/inventories/orders.yaml`];
const cli = useCli();

interface Printed {
  readonly schema: string;
  readonly url: string;
  readonly region: string;
  readonly account: string;
}

test('an endpoint serves the inventory until Ctrl-C, to SDK clients and to Lifeboat itself', async () => {
  const endpoint = cli.start(['endpoint', ...INVENTORY, '--json', '--speed', '600']);
  await endpoint.said(/\n/);
  const printed = documentOf<Printed>({ stdout: endpoint.heard() });
  expect(printed).toEqual({
    ...{ schema: 'lifeboat.endpoint/v1', region: 'us-east-1', account: '111111111111' },
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  const { ec2 } = clientsOf(printed.url);
  expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes?.length).toBeGreaterThan(0);
  ec2.destroy();
  const plan = await cli.start(['plan', `${ROOT}/runbooks/orders.yaml`, '--json'], environmentOf(printed))
    .ended;
  expect(documentOf(plan)).toMatchObject({ schema: 'lifeboat.plan/v1', meets: { rpo: true } });
  endpoint.child.kill('SIGINT');
  expect(await endpoint.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('what to set is printed for a shell', async () => {
  const endpoint = cli.start(['endpoint', ...INVENTORY]);
  await endpoint.said(/Ctrl-C/);
  expect(endpoint.heard()).toMatch(
    /^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+\nexport AWS_REGION=us-east-1\nexport AWS_ACCESS_KEY_ID=\w+\nexport AWS_SECRET_ACCESS_KEY=\w+$/m,
  );
  endpoint.child.kill('SIGTERM');
  expect(await endpoint.ended).toMatchObject({ exitCode: 0 });
});

test('a port that is in use is an error with a next step', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const ended = await runHere(['endpoint', ...INVENTORY, '--port', String(port)]);
  expect(ended).toMatchObject({
    ...{ exitCode: 2, stdout: '' },
    stderr: `Error: Port ${port} of 127.0.0.1 is in use.\nTry: Give another one with --port, or leave it out for one that is free.\n`,
  });
  await new Promise((resolve) => other.close(resolve));
});

test.each([
  ['without an inventory', []],
  ['a port that is none', [...INVENTORY, '--port', '65536']],
  ['time that does not pass', [...INVENTORY, '--speed', '0']],
  ['time that cannot be followed', [...INVENTORY, '--speed', 'max']],
  ['a file that is not there', ['--simulate', 'none.yaml']],
])('refused: %s', async (_, options) => {
  const ended = await runHere(['endpoint', ...options]);
  expect(ended).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Error: .+\n.*Try: /s),
  });
});
