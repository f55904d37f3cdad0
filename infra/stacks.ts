import type { App, Stack } from 'aws-cdk-lib';
import { AccessStack } from './access-stack.ts';
import { LifeboatStack } from './lifeboat-stack.ts';
import { readRunbooks } from './runbooks.ts';
import { readSettings, requireBundle } from './settings.ts';

/**
 * One stack for each Region that a runbook recovers to: the functions live where the recovery happens. Another one in the account that is recovered, where
 * that is not the account of the deployment.
 */
export function addStacks(app: App): readonly Stack[] {
  const settings = readSettings(app.node);
  const runbooks = readRunbooks(settings.runbooks);
  requireBundle(settings);
  const regions = [...new Set(runbooks.map(({ region }) => region))].sort();
  const { account, recoveryAccount } = settings;
  return regions.flatMap((region) => {
    const props = { settings, region, runbooks: runbooks.filter((runbook) => runbook.region === region) };
    const stack = new LifeboatStack(app, `Lifeboat-${region}`, props);
    if (account === undefined || recoveryAccount === undefined) return [stack];
    return [stack, new AccessStack(app, `LifeboatAccess-${region}`, { ...props, account, recoveryAccount })];
  });
}
