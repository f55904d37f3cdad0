import { hash32 } from '../hash.ts';
import type { NoticeTarget } from '../runbook/schema.ts';

/** A webhook whose address is in the runbook itself. The address is a secret: a journal keeps its position, and a hash that tells whether it is still the same. */
export interface LiteralWebhook {
  readonly webhook: {
    /** Absolute path. */
    readonly runbook: string;
    /** Position in `notify`. */
    readonly index: number;
    readonly origin: string;
    readonly hash: number;
  };
}

export type KeptTarget = NoticeTarget | LiteralWebhook;

/** A runbook's target as the journal keeps it. */
export function keptTargets(targets: readonly NoticeTarget[], runbook: string): readonly KeptTarget[] {
  return targets.map((target, index) => {
    if (!('webhook' in target) || typeof target.webhook !== 'string') return target;
    const { origin } = new URL(target.webhook);
    return { webhook: { runbook, index, origin, hash: hash32(target.webhook) } };
  });
}

export function isLiteral(target: KeptTarget): target is LiteralWebhook {
  return 'webhook' in target && typeof target.webhook === 'object' && 'runbook' in target.webhook;
}

/** Reads the address again from the plain values of the runbook's file; `undefined` when it has changed or is missing. */
export function literalIn(
  document: unknown,
  { webhook: { index, hash } }: LiteralWebhook,
): string | undefined {
  const { notify } = (document ?? {}) as { readonly notify?: readonly { readonly webhook?: unknown }[] };
  const address = Array.isArray(notify)
    ? (notify[index] as { webhook?: unknown } | undefined)?.webhook
    : undefined;
  return typeof address === 'string' && hash32(address) === hash ? address : undefined;
}

/** The text of a runbook without the addresses of its webhooks. */
export function withoutWebhooks(text: string, targets: readonly NoticeTarget[]): string {
  return targets.reduce(
    (rest, target) =>
      'webhook' in target && typeof target.webhook === 'string'
        ? rest.replaceAll(target.webhook, `${new URL(target.webhook).origin}/[redacted]`)
        : rest,
    text,
  );
}
