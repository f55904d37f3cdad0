import { describeExecutorContract } from '../contract/executor.ts';
import { EndpointAccount, NOT_ON_ENDPOINTS } from '../contract/executor-endpoint.ts';
import type { Lacks } from '../contract/executor-stage.ts';
import { clientsOf } from '../endpoint/clients.ts';
import { startPeer, type Peer } from '../peer/peer.ts';
import type { Quirks } from '../peer/quirks.ts';

const PATIENCE = { shortMs: 1, longMs: 1 };

function nothingAsked(): never {
  throw new Error('the peer was asked nothing');
}

/** A server that is not AWS, and what of the suite it is asked. */
function describePeer(name: string, quirks: Quirks, lacks: Lacks, patience = PATIENCE): void {
  describe(name, () => {
    let peer: Peer | undefined;
    let account: EndpointAccount | undefined;

    afterAll(async () => {
      await account?.close();
      const world = peer?.world;
      await peer?.close();
      const { volumes, snapshots, dbInstances, dbSnapshots } = world ?? nothingAsked();
      // The peer remembers for a while what is gone.
      const left = [volumes, snapshots, dbInstances, dbSnapshots].flatMap((things) =>
        [...things.values()].filter(({ goneAt }) => goneAt === undefined),
      );
      expect(left).toEqual([]);
    });

    describeExecutorContract(
      name,
      async () => {
        peer ??= await startPeer({ quirks });
        account ??= new EndpointAccount(clientsOf(peer.url), patience);
        return account.open();
      },
      { ...NOT_ON_ENDPOINTS, ...lacks },
    );
  });
}

describePeer('a peer with everything', {}, {});

describePeer(
  'a peer with less',
  {
    ignoresTokens: true,
    frozenAt: '2026-11-20T03:00:00Z',
    hides: ['progress', 'percentProgress', 'StatusMessage', 'createTime', 'InstanceCreateTime'],
    faults: [
      { does: 'page', status: 501, operations: ['DescribeVolumeStatus'] },
      {
        does: 'not-know',
        operations: [
          ...['DescribeFastSnapshotRestores', 'EnableFastSnapshotRestores', 'DisableFastSnapshotRestores'],
        ],
      },
      { does: 'page', status: 404, services: ['ssm'] },
    ],
  },
  {
    'fast snapshot restore': 'this peer lacks it',
    parameters: 'this peer lacks them',
    'client tokens': 'this peer ignores them',
  },
);
