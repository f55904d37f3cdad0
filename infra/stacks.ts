import type { App } from 'aws-cdk-lib';
import { LifeboatStack } from './lifeboat-stack.ts';
import { readRunbooks } from './runbooks.ts';
import { readSettings } from './settings.ts';

/** One stack for each Region that a runbook recovers to: the functions live where the recovery happens. */
export function addStacks(app: App): readonly LifeboatStack[] {
  const settings = readSettings(app.node);
  const runbooks = readRunbooks(settings.runbooks);
  const regions = [...new Set(runbooks.map(({ region }) => region))].sort();
  return regions.map(
    (region) =>
      new LifeboatStack(app, `Lifeboat-${region}`, {
        settings,
        region,
        runbooks: runbooks.filter((runbook) => runbook.region === region),
      }),
  );
}
