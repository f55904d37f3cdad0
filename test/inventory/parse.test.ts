import { readFileSync } from 'node:fs';
import { parseInventory } from '../../src/inventory/parse.ts';
import { complaintsOf, marked, refusal } from '../document/support.ts';

const HEAD = `apiVersion: lifeboat/v1
kind: Inventory
capturedAt: 2026-11-20T03:00:00Z
region: us-east-1
`;
const parse = (text: string) => parseInventory(text, 'inventory.yaml');
const VOLUME = 'zone: us-east-1a, type: gp3, sizeGiB: 100';
const SNAPSHOT = 'volumeId: v, startedAt: 2026-11-20T02:00:00Z, state: completed, sizeGiB: 100';
const DATABASE = 'engine: postgres, engineVersion: "16.4", class: c, storageGiB: 100';

test('every list may be absent', () => {
  expect(parse(HEAD)).toEqual({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: Date.UTC(2026, 10, 20, 3),
    account: '000000000000',
    region: 'us-east-1',
    zones: [],
    quotas: {},
    volumes: [],
    snapshots: [],
    dbInstances: [],
    dbSnapshots: [],
    dbClusters: [],
    dbClusterSnapshots: [],
    gaps: [],
    instances: [],
    kmsKeys: [],
  });
});

describe('contradictions, each where the mark stands', () => {
  test.each<[string, string, string[]]>([
    [
      'duplicate volumes',
      `volumes: [{ id: v, ${VOLUME} }, { id: §v, ${VOLUME} }]`,
      ["volumes[1].id: 'v' is already the id of entry 1 of the list"],
    ],
    [
      'duplicate keys',
      'kmsKeys: [{ id: k, state: Enabled }, { id: §k, state: Disabled }]',
      ["kmsKeys[1].id: 'k' is already the id of entry 1 of the list"],
    ],
    [
      'an unknown zone',
      `zones: [us-east-1a]\nvolumes: [{ id: v, zone: §us-east-1b, type: gp3, sizeGiB: 1 }]\nsnapshots: [{ id: s, ${SNAPSHOT}, fsr: [{ zone: §eu-west-3c, state: enabled }] }]`,
      [
        "the zone 'us-east-1b' is not in the list of zones [us-east-1a]",
        "the zone 'eu-west-3c' is not in the list of zones",
      ],
    ],
    [
      'more data than room',
      `snapshots: [{ id: s, ${SNAPSHOT}, fullSizeGiB: §101 }]`,
      ['snapshots[0].fullSizeGiB: expected at most sizeGiB (100), not 101'],
    ],
    [
      'two volumes as one device',
      `volumes: [{ id: v, ${VOLUME}, attachedTo: { instanceId: i, device: /dev/sdf } }, { id: w, ${VOLUME}, attachedTo: §{ instanceId: i, device: /dev/sdf } }]`,
      ["volumes[1].attachedTo: another volume is already /dev/sdf of 'i'"],
    ],
    [
      'an instance in another zone',
      `volumes: [{ id: v, ${VOLUME}, attachedTo: §{ instanceId: i, device: /dev/sdf } }]\ninstances: [{ id: i, zone: us-east-1b }]`,
      ["volumes[0].attachedTo: the volume is in us-east-1a, the instance 'i' in us-east-1b"],
    ],
    [
      'attached and available',
      `volumes: [{ id: v, ${VOLUME}, state: available, attachedTo: §{ instanceId: i, device: /dev/sdf } }]`,
      ['volumes[0].attachedTo: a volume that is attached is in-use, not available'],
    ],
    [
      'fast restore of an archived snapshot',
      `snapshots: [{ id: s, ${SNAPSHOT}, tier: archive, fsr: [§{ zone: a, state: enabled }] }]`,
      ['snapshots[0].fsr: archiving a snapshot disables its fast snapshot restore'],
    ],
    [
      'fast restore twice in a zone',
      `snapshots: [{ id: s, ${SNAPSHOT}, fsr: [{ zone: a, state: enabled }, §{ zone: a, state: disabled }] }]`,
      ["snapshots[0].fsr: the zone 'a' is given twice"],
    ],
    [
      'a window that ends before it begins',
      `dbInstances: [{ id: d, ${DATABASE}, earliestRestorableTime: 2026-11-20T00:00:00Z, latestRestorableTime: §2026-11-19T00:00:00Z }]`,
      ['dbInstances[0].latestRestorableTime: expected an instant not before earliestRestorableTime'],
    ],
    [
      'a replica of itself',
      `dbInstances: [{ id: d, ${DATABASE}, replicaOf: §d }]`,
      ["dbInstances[0].replicaOf: 'd' is a replica of itself, directly or through others"],
    ],
    [
      'replicas of each other',
      `dbInstances: [{ id: d, ${DATABASE}, replicaOf: §e }, { id: e, ${DATABASE}, replicaOf: §d }]`,
      [
        "dbInstances[0].replicaOf: 'd' is a replica of itself, directly or through others",
        "dbInstances[1].replicaOf: 'e' is a replica of itself, directly or through others",
      ],
    ],
    [
      'a key of what is not encrypted',
      `volumes: [{ id: v, ${VOLUME}, encrypted: false, kmsKeyId: §k }]`,
      ['volumes[0].kmsKeyId: an unencrypted resource has no key; expected encrypted: true, or no key'],
    ],
    [
      'an account that is a number',
      'account: §111111111111',
      ['account: expected text, not 111111111111 ["111111111111"]'],
    ],
    [
      'an instant without a zone',
      `snapshots: [{ id: s, volumeId: v, startedAt: §2026-11-20, state: completed, sizeGiB: 1 }]`,
      ["snapshots[0].startedAt: expected an instant such as 2026-11-20T03:00:00Z, not '2026-11-20'"],
    ],
    [
      'a misspelt setting',
      `volumes: [{ id: v, ${VOLUME}, §throughputMibps: 5 }]`,
      [
        "volumes[0]: unknown key 'throughputMibps'; expected one of id, zone, type, sizeGiB, iops, throughputMiBps, encrypted, kmsKeyId, multiAttach, outpost, state, attachedTo, copyingFrom, tags [throughputMiBps]",
      ],
    ],
  ])('%s', (_, drawn, messages) => {
    const { text, places } = marked(HEAD + drawn);
    const attempt = () => parse(text);
    expect(complaintsOf(attempt)).toEqual(messages.map((message, index) => `${places[index]} ${message}`));
    expect(refusal(attempt).code).toBe('INVALID_INVENTORY');
  });
});

test('what a disaster took away is not missed: references may lead nowhere', () => {
  const inventory = parse(`${HEAD}zones: [us-east-1a]
volumes: [{ id: v, ${VOLUME}, attachedTo: { instanceId: gone, device: /dev/sdf } }]
snapshots: [{ id: s, ${SNAPSHOT.replace('volumeId: v', 'volumeId: gone')}, encrypted: true, kmsKeyId: gone }]
dbInstances: [{ id: d, ${DATABASE}, replicaOf: gone, clusterId: gone }]
dbSnapshots: [{ id: x, dbInstanceId: gone, at: 2026-11-20T02:00:00Z, storageGiB: 1, engine: e, engineVersion: "1" }]
`);
  expect(inventory.snapshots[0]?.volumeId).toBe('gone');
});

test('a runbook is recognised where an inventory is expected', () => {
  const error = refusal(() => parse(readFileSync('runbooks/orders.yaml', 'utf8')));
  expect(error.code).toBe('INVALID_INVENTORY');
  expect(error.message).toMatch(/this is a document of kind Runbook; expected Inventory/);
});

test('a Region without a name is none', () => {
  expect(complaintsOf(() => parse(HEAD.replace('region: us-east-1', 'region: ""')))).toEqual([
    expect.stringMatching(/region: expected at least 1 character/),
  ]);
});
