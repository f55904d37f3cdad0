import { useCli, ORDERS } from './cli.ts';
import { killAndResume, reportOf, type Report } from './kill-drill.ts';

jest.setTimeout(120_000);

const cli = useCli();
let undisturbed: Report;
beforeAll(async () => {
  undisturbed = reportOf(await cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']));
});

test('kill -9 at any instant, then resume: the report is that of an undisturbed run', () =>
  killAndResume(cli, undisturbed, 1));
