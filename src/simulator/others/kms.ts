import { DescribeKeyCommand, KMSServiceException, NotFoundException } from '@aws-sdk/client-kms';
import type { DescribeKeyCommandInput, DescribeKeyCommandOutput } from '@aws-sdk/client-kms';
import { operation } from '../service/operation.ts';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

const kmsFailure = failuresOf(KMSServiceException);

/** A key by its id or ARN. One that is in use and that the inventory does not list is enabled, as all else here takes it. */
function describeKey(
  state: WorldState,
  input: DescribeKeyCommandInput,
): Omit<DescribeKeyCommandOutput, '$metadata'> {
  const keyId = input.KeyId ?? '';
  const key = state.keyNamed(keyId) ?? (isInUse(state, keyId) ? { id: keyId, state: 'Enabled' } : undefined);
  if (key === undefined)
    throw new NotFoundException({
      message: `Key '${keyId}' does not exist`,
      $metadata: failureMetadata(400),
    });
  const { id, region } = state.account;
  const plain = key.id.split('/').at(-1) ?? key.id;
  return {
    KeyMetadata: {
      AWSAccountId: id,
      KeyId: plain,
      Arn: key.id.startsWith('arn:') ? key.id : `arn:aws:kms:${region}:${id}:key/${plain}`,
      Enabled: key.state === 'Enabled',
      KeyState: key.state,
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyManager: 'CUSTOMER',
      Origin: 'AWS_KMS',
    },
  };
}

function isInUse(state: WorldState, keyId: string): boolean {
  const { volumes, snapshots, dbInstances, dbSnapshots, dbClusters, dbClusterSnapshots } = state;
  return [volumes, snapshots, dbInstances, dbSnapshots, dbClusters, dbClusterSnapshots].some((table) =>
    table.values().some(({ kmsKeyId }) => kmsKeyId === keyId),
  );
}

export const KMS_SERVICE: ServiceDefinition = {
  operations: new Map([operation(DescribeKeyCommand, 'DescribeKey', describeKey)]),
  throttled: () => kmsFailure('ThrottlingException', 'Rate exceeded'),
  serverError: () => kmsFailure('KMSInternalException', 'An internal error has occurred', 500),
  dryRun: () => kmsFailure('DryRunOperationException', 'The request would have succeeded.', 412),
  unknownOperation: (command) =>
    kmsFailure('UnknownOperationException', `The simulated KMS has no operation for ${command}.`),
};
