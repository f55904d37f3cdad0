import { CREDENTIAL_HEADER } from '../../runbook/backfill-contradictions.ts';
import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import { regionOfQueue } from '../base/queue-calls.ts';
import type { ReplayTarget } from '../base/replay-ports.ts';
import { regional, type BackfillTools } from '../base/tools.ts';
import { idempotencyKeys } from './idempotency-key.ts';
import { redactor } from './redaction.ts';
import { rewriteRequest } from './rewrite.ts';
import { needsParameterStore, resolveSecrets } from './secrets.ts';

/**
 * The one place that everything is sent to.
 * @param name of the backfill: the keys of its requests derive from it
 * @throws LifeboatError for a secret that is missing, or a queue that cannot be reached
 */
export async function openTarget(
  name: string,
  settings: ReplaySettings,
  tools: BackfillTools,
): Promise<ReplayTarget> {
  const { target } = settings;
  if (typeof target !== 'string') return openQueueTarget(name, target.sqs, settings, tools);
  const { createHttpTarget } = await import('./http.ts');
  const headers = await headersOf(settings, tools);
  return createHttpTarget(settings, {
    backfill: name,
    headers,
    redact: redactor(secretsIn(settings, headers)),
  });
}

/** Secrets: values from outside the runbook, credentials in it, and the query of the target. */
function secretsIn(
  { rewrite, target }: ReplaySettings,
  headers: ReadonlyMap<string, string | null>,
): readonly string[] {
  const values = Object.entries(rewrite.headers).flatMap(([name, value]) => {
    const text = headers.get(name) ?? '';
    if (typeof value === 'object' && value !== null) return [text, text.slice(value.prefix?.length ?? 0)];
    return CREDENTIAL_HEADER.test(name) ? [text] : [];
  });
  const query = typeof target === 'string' ? [...new URL(target).searchParams.values()] : [];
  return [...values, ...query];
}

async function headersOf(
  { rewrite }: ReplaySettings,
  { env, region }: BackfillTools,
): Promise<ReadonlyMap<string, string | null>> {
  const entries = Object.entries(rewrite.headers);
  const secrets = entries.flatMap(([, value]) => (value === null ? [] : [value]));
  const textOf = await resolveSecrets(secrets, {
    env,
    ...(needsParameterStore(secrets) && { ssm: await parameterStore(region) }),
  });
  return new Map(entries.map(([header, value]) => [header, value === null ? null : textOf(value)]));
}

async function parameterStore(region: string | undefined) {
  const { createClients } = await import('../../aws/clients.ts');
  const { ssm } = await createClients(['ssm'], regional(region));
  return ssm;
}

async function openQueueTarget(
  name: string,
  queueUrl: string,
  settings: ReplaySettings,
  tools: BackfillTools,
): Promise<ReplayTarget> {
  const headers = await headersOf(settings, tools);
  const [{ createClients }, { checkQueue, createSqsTarget }] = await Promise.all([
    import('../../aws/clients.ts'),
    import('./sqs.ts'),
  ]);
  const region = regionOfQueue(queueUrl) ?? tools.region;
  const { sqs } = await createClients(['sqs'], regional(region));
  await checkQueue(queueUrl, sqs);
  const { path, time, host = 'original' } = settings.rewrite;
  const rewriting = { basePath: '', query: '', host, headers, path, time };
  return createSqsTarget(queueUrl, {
    sqs,
    ...(settings.idempotencyKey !== false && {
      idempotencyKeyOf: idempotencyKeys(name),
    }),
    rewrite: (request) => rewriteRequest(request, rewriting, '', tools.now()),
  });
}
