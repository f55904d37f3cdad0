import type { Answer, Effect } from '../../workflow/base/effects.ts';
import { ObservationFailure, type Executor } from '../../workflow/base/executor.ts';
import { allOfKind, answer, answerEach } from '../answers.ts';
import { switchFsr } from './fsr.ts';
import { observeFsr, observeSnapshots, observeVolumes } from './observe.ts';
import { preflightEbs } from './preflight.ts';
import { sweepSnapshots, takeVolumeSnapshots } from './snapshots.ts';
import { createVolumes, deleteVolumes, sweepVolumes, verifyVolumes, type Ec2Context } from './volumes.ts';
import { classify } from '../request-failures.ts';
import { joined } from '../sweeping.ts';

export type { Ec2Context };

/**
 * Volumes and fast snapshot restore. The kinds that concern both services (`preflight`, `verify`, `sweep`) are answered for EC2's part.
 *
 * @example const ec2 = createEc2Executor({ client, call: (_operation, send) => send(), runId: 'orders-1', runbook: 'orders' });
 */
export function createEc2Executor(aws: Ec2Context): Executor {
  return {
    perform: (effects) => perform(aws, effects),
    async observe(watch) {
      try {
        return [
          ...(await observeVolumes(aws, watch)),
          ...(await observeFsr(aws, watch)),
          ...(await observeSnapshots(aws, watch)),
        ];
      } catch (error) {
        throw new ObservationFailure(classify(error), error);
      }
    },
  };
}

async function perform(aws: Ec2Context, effects: readonly Effect[]): Promise<readonly Answer[]> {
  const kind = effects[0]?.kind;
  switch (kind) {
    case undefined:
      return [];
    case 'createVolume':
      return createVolumes(aws, allOfKind(effects, kind));
    case 'deleteVolume':
      return deleteVolumes(aws, allOfKind(effects, kind));
    case 'enableFsr':
    case 'disableFsr':
      return switchFsr(aws, allOfKind(effects, kind));
    case 'preflight':
      return answerEach(allOfKind(effects, kind), (effect) => preflightEbs(aws, effect));
    case 'verify':
      return verifyVolumes(aws, allOfKind(effects, kind));
    case 'sweep':
      return Promise.all(
        allOfKind(effects, kind).map(async (effect) =>
          answer(effect, joined(await sweepVolumes(aws, effect), await sweepSnapshots(aws, effect))),
        ),
      );
    case 'takeSnapshot':
      return takeVolumeSnapshots(aws, allOfKind(effects, kind));
    case 'restoreDbInstance':
    case 'applyDbSettings':
    case 'deleteDbInstance':
    case 'claim':
    case 'release':
      throw new Error(`'${kind}' is not for EC2`);
  }
}
