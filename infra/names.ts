import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { RunMode } from '../src/plan/types.ts';

/** The alias of the version that new runs begin with. */
export const LIVE = 'live';

/** Functions that drive runs. Fixed names: each of them has the names of all in its environment. */
export const RUN_FUNCTIONS: Readonly<Record<RunMode, string>> = {
  drill: 'lifeboat-drill',
  restore: 'lifeboat-restore',
};

/** The functions that look into the account that is recovered: the daily check does so in the role of a restore. */
export type Actor = RunMode | 'wake';

/** The role of a function. Roles belong to the account, not to a Region. */
export function roleOfFunction(functionName: string, region: string): string {
  return `${functionName}-function-${region}`;
}

/** The role that this function assumes in the account that it recovers, where that is another one. */
export function accessRoleName(actor: Actor, region: string): string {
  return `lifeboat-${actor}-${region}`;
}

/** ARN of a function of this stack with a qualifier: an alias, or what follows the version. */
export function functionArn(scope: Construct, name: string, qualifier?: string): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: qualifier === undefined ? name : `${name}:${qualifier}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
