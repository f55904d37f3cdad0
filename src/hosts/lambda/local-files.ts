import { isAbsolute } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import type { RunbookFile } from '../../preparation/prepare.ts';
import type { SecretValue } from '../../runbook/backfill-schema.ts';
import type { Runbook } from '../../runbook/schema.ts';

/** Something that a runbook names and a function cannot reach. */
interface OutOfReach {
  readonly path: readonly (string | number)[];
  /** A whole clause. */
  readonly what: string;
  readonly next: string;
}

/**
 * A function has a disk and an environment of its own. Without this, a run would wait for a freeze that nobody can end, or come to its backfill, hours later,
 * and find nothing to read.
 * @throws LifeboatError `RUN_NOT_POSSIBLE`, with the place in the runbook
 */
export function refuseLocalFiles({ runbook, placeOf }: RunbookFile): void {
  const [first] = [...localFreezes(runbook), ...localSources(runbook), ...localReplay(runbook)];
  if (first === undefined) return;
  throw new LifeboatError('RUN_NOT_POSSIBLE', `${first.what}.`, first.next, { at: placeOf(first.path) });
}

function localFreezes({ gates }: Runbook): readonly OutOfReach[] {
  return gates.flatMap(({ freezeFile }, index) =>
    freezeFile !== undefined && isAbsolute(freezeFile)
      ? [
          {
            path: ['gates', index, 'freezeFile'],
            what: `The freeze file ${freezeFile} is a file of a machine: a function in the cloud cannot look at it`,
            next: 'Name an object, s3://BUCKET/KEY, or a relative path, which is an object of the runbook bucket.',
          },
        ]
      : [],
  );
}

function localSources({ backfill }: Runbook): readonly OutOfReach[] {
  const sources = backfill?.sources ?? [];
  return sources.flatMap(({ path }, index) =>
    path !== undefined && isAbsolute(path)
      ? [
          {
            path: ['backfill', 'sources', index, 'path'],
            what: `The backfill reads ${path}, a file of a machine: a function in the cloud cannot read it`,
            next: 'Put the logs into a bucket and name them, s3://BUCKET/PREFIX, or restore without --cloud on the machine that has them.',
          },
        ]
      : [],
  );
}

function localReplay({ backfill }: Runbook): readonly OutOfReach[] {
  const { live, rewrite } = backfill?.replay ?? {};
  const secrets = Object.entries(rewrite?.headers ?? {}).flatMap(([name, value]) =>
    isOfEnvironment(value)
      ? [
          {
            path: ['backfill', 'replay', 'rewrite', 'headers', name],
            what: `The header ${name} of the replay comes from the environment variable ${value.env}, which a function in the cloud does not have`,
            next: 'Keep the secret in the parameter store, and name it: { ssm: NAME }.',
          },
        ]
      : [],
  );
  if (live?.log === undefined) return secrets;
  return [
    {
      path: ['backfill', 'replay', 'live', 'log'],
      what: `The live traffic is read from ${live.log}, a file of a machine: a function in the cloud cannot read it`,
      next: 'Name a load balancer or a URL as the live signal, or a fixed rate.',
    },
    ...secrets,
  ];
}

function isOfEnvironment(value: SecretValue | null): value is Extract<SecretValue, { readonly env: string }> {
  return typeof value === 'object' && value !== null && 'env' in value;
}
