import { buildCli, ORDERS } from './cli.ts';
import type { Cli } from './cli.ts';
import { killAndResume, reportOf, type Report } from './kill-drill.ts';

jest.setTimeout(120_000);

let cli: Cli;
let undisturbed: Report;
beforeAll(async () => {
  cli = buildCli();
  undisturbed = reportOf(await cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']));
});
afterAll(() => cli.remove());

test('kill -9 at any instant, then resume: the report is that of an undisturbed run', () =>
  killAndResume(cli, undisturbed, 1));
