import { buildCli, ORDERS, type Cli } from '../e2e/cli.ts';
import { killAndResume, reportOf } from '../e2e/kill-drill.ts';

jest.setTimeout(600_000);

let cli: Cli;
beforeAll(() => void (cli = buildCli()));
afterAll(() => cli.remove());

test('a dozen drills killed at any instant and resumed: the report is that of an undisturbed run', async () => {
  const undisturbed = await cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']);
  await killAndResume(cli, reportOf(undisturbed), 12);
});
