import type { LiveForecast } from '../../objectives/live.ts';
import type { RunView } from '../../report/run-view.ts';
import type { Instant } from '../../time.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { stateOption } from '../options.ts';
import type { StateOptions } from '../options.ts';
import { findReadableRun, timeOf, viewOf, withJournal } from '../stored-run.ts';

export const statusCommand = defineCommand<[string | undefined], StateOptions>({
  usage: 'status [run]',
  summary: 'where a run stands, with the time left on each objective',
  description:
    'Tells where a run stands; without an id, the one begun last. Also while another process drives it.',
  options: [stateOption()],
  examples: ['lifeboat status', 'lifeboat status orders-20261120T0300-1 --json'],
  async run({ terminal }, [runId], { state }) {
    const { directory } = await findReadableRun(state, runId);
    const [{ buildStatus }, { renderStatus }] = await Promise.all([
      import('../../report/status.ts'),
      import('../../report/render-status.ts'),
    ]);
    return withJournal(directory, true, async (journal) => {
      const view = await viewOf(journal);
      const now = timeOf(view);
      const status = buildStatus(view, await liveForecast(view, now), now);
      terminal.document(status);
      terminal.print(renderStatus(status, view, terminal.palette, terminal.width));
      return EXIT.done;
    });
  },
});

/** By what has really happened; `undefined` before anything has. */
async function liveForecast(view: RunView, now: Instant): Promise<LiveForecast | undefined> {
  if (view.recovery === undefined) return undefined;
  const [{ LiveSchedule }, { progressOf }] = await Promise.all([
    import('../../objectives/forecast.ts'),
    import('../../hosts/foresight.ts'),
  ]);
  const progress = new Map(view.resources.map((resource) => [resource.id, progressOf(resource)]));
  return new LiveSchedule(view.record.plan).forecast(progress, now, view.recovery.recoveredAt);
}
