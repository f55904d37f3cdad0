import { userInfo } from 'node:os';
import { LifeboatError } from '../../errors.ts';
import type { SignalKind } from '../../journal/journal.ts';
import type { Identity } from '../../workflow/recovery/recovery-context.ts';

/** Who speaks, and how that is known. */
export interface Speaker {
  readonly by: string;
  readonly identity: Identity;
  /** For the person: what could not be checked. */
  readonly note?: string;
}

export interface Claimant {
  /** `--by`. */
  readonly by?: string;
  readonly reason?: string;
  /** `--break-glass`. */
  readonly breakGlass?: boolean;
}

/** In a container the user may have no name. */
export function localUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Who starts a run, and who says so. A recovery is not kept waiting for the identity service. */
export async function starter(
  region: string | undefined,
): Promise<Speaker & { readonly account?: string; readonly identityEndpoint?: string }> {
  if (region === undefined) return { by: localUser(), identity: 'local' };
  const { ownAccountEndpoint } = await import('../../aws/identity-proof.ts');
  const identityEndpoint = await ownAccountEndpoint(region);
  const known = await askIdentity({ region, identityEndpoint });
  return {
    ...('name' in known
      ? { by: known.name, identity: 'verified', account: known.account }
      : unverified(localUser(), known.problem)),
    ...(identityEndpoint !== undefined && { identityEndpoint }),
  };
}

/** The account of a run. */
export interface Where {
  readonly region: string;
  /** The origin of the AWS-compatible endpoint that serves the whole account; absent: AWS. */
  readonly identityEndpoint?: string | undefined;
  /** Whose identities may speak: {@link signersOf}. Empty or absent: any. */
  readonly accounts?: readonly string[];
}

/**
 * What the driver verifies an approval by: it asks the identity service itself who gave it, so that an own STS endpoint, or a row that another process
 * put into the journal, counts for nothing.
 * @throws LifeboatError `AWS_*` without valid credentials
 */
export async function proofOf(
  { region, identityEndpoint }: Where,
  runId: string,
  digest: string,
): Promise<string> {
  const [{ awsIdentityEndpoint, proveIdentity }, { classify, toLifeboatError }] = await Promise.all([
    import('../../aws/identity-proof.ts'),
    import('../../aws/request-failures.ts'),
  ]);
  try {
    const endpoint = identityEndpoint ?? (await awsIdentityEndpoint(region));
    return await proveIdentity(endpoint, region, { runId, digest });
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  }
}

/**
 * Who gives a signal: the identity in the account for a real run (`where`), the user of the machine in a simulation.
 * An approval counts people, so with the identity service down it takes `--break-glass` and a reason; stopping and going on do not.
 *
 * @throws LifeboatError `USAGE` for a name where the account knows better, and what keeps the identity service from answering
 */
export async function speaker(
  kind: SignalKind,
  { by, reason, breakGlass = false }: Claimant,
  where: Where | undefined,
): Promise<Speaker> {
  if (breakGlass && reason === undefined) {
    throw new LifeboatError(
      'USAGE',
      '--break-glass needs a reason: it is kept as evidence.',
      'Add --reason "why this cannot wait".',
    );
  }
  if (where === undefined) return { by: by ?? localUser(), identity: breakGlass ? 'break-glass' : 'local' };
  if (by !== undefined && !breakGlass) {
    throw new LifeboatError(
      'USAGE',
      '--by is for simulations: on a real account the identity service says who you are.',
      kind === 'approve'
        ? 'Leave --by out; while the identity service is down, add --break-glass and --reason.'
        : 'Leave --by out.',
    );
  }
  const known = await askIdentity(where);
  if ('name' in known) refuseStranger(known, where.accounts);
  if ('name' in known)
    return { by: known.name, identity: 'verified', ...instead(known.name, by, breakGlass) };
  if (kind !== 'approve') return unverified(by ?? localUser(), known.problem);
  if (!breakGlass) {
    throw new LifeboatError(
      known.problem.code,
      `Who approves could not be checked. ${known.problem.message}`,
      'Sign in and approve again; if this cannot wait: --break-glass --reason "why", which is marked so in the evidence.',
      { cause: known.problem },
    );
  }
  return { ...unverified(by ?? localUser(), known.problem), identity: 'break-glass' };
}

/** An identity of another account may not signal the run. */
function refuseStranger({ name, account }: Known, [own, ...others]: readonly string[] = []): void {
  if (own === undefined || account === own || others.includes(account)) return;
  throw new LifeboatError(
    'AWS_CREDENTIALS',
    `You are signed in to the account ${account} as ${name}; the run is in ${own}.`,
    `Sign in to ${own}, or set AWS_PROFILE, then repeat it.`,
  );
}

/**
 * Refuses to drive a run from another account than its own, where all that it made would seem to be gone. A recovery is not kept waiting for the identity
 * service.
 *
 * @returns why the account could not be checked
 * @throws LifeboatError `AWS_CREDENTIALS`
 */
export async function requireAccount(where: Where, account: string): Promise<string | undefined> {
  const known = await askIdentity(where);
  if (!('name' in known)) return `Who you are could not be checked (${known.problem.message}).`;
  refuseStranger(known, [account]);
  return undefined;
}

/** The identity service answers after all: what was said to break the glass does not count. */
function instead(name: string, by: string | undefined, breakGlass: boolean): Pick<Speaker, 'note'> {
  if (!breakGlass) return {};
  const claimed = by === undefined || by === name ? '' : `, not as ${by}`;
  return { note: `The identity service answers: noted as ${name}${claimed}, and not as break-glass.` };
}

function unverified(by: string, problem: LifeboatError): Speaker {
  return {
    by,
    identity: 'local',
    note: `Who you are could not be checked (${problem.message}): noted as ${by}.`,
  };
}

interface Known {
  readonly name: string;
  readonly account: string;
}

/** Long enough for a slow service, short enough for an operator who must stop a recovery now. */
const PATIENCE_MS = 10_000;

/** Asked where the run asks, too: an STS endpoint of one's own in the environment or the profile says nothing about an account of AWS. */
async function askIdentity({
  region,
  identityEndpoint,
}: Where): Promise<Known | { readonly problem: LifeboatError }> {
  const [{ createClient }, { readIdentity }, { awsIdentityEndpoint }, { classify, toLifeboatError }] =
    await Promise.all([
      import('../../aws/clients.ts'),
      import('../../aws/caller-identity.ts'),
      import('../../aws/identity-proof.ts'),
      import('../../aws/request-failures.ts'),
    ]);
  const endpoint = identityEndpoint ?? (await awsIdentityEndpoint(region));
  const sts = await createClient('sts', { region, endpoint });
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const late = new Promise<never>((_, reject) =>
      patience.signal.addEventListener('abort', () =>
        reject(
          Object.assign(new Error(`no answer within ${PATIENCE_MS / 1_000} s`), { name: 'TimeoutError' }),
        ),
      ),
    );
    return await Promise.race([readIdentity(sts), late]);
  } catch (error) {
    return { problem: toLifeboatError(classify(error), error) };
  } finally {
    clearTimeout(timer);
    sts.destroy();
  }
}
