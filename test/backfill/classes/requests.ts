import { parseRunbook } from '../../../src/runbook/parse.ts';
import type { BackfillSpec } from '../../../src/runbook/backfill-schema.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';

/** 21 August 2020, 18:00 UTC. */
export const NOON = 1_598_032_800_000;

/** A failed request of an access log. */
export function logged(parts: Partial<RequestRecord> = {}): RequestRecord {
  return { at: NOON, status: 503, method: 'GET', url: '/', headers: [], payload: 'url-only', ...parts };
}

/** A failed request of a capture. */
export function captured(parts: Partial<RequestRecord> = {}): RequestRecord {
  return logged({ method: 'POST', payload: 'whole', ...parts });
}

/** The `backfill` section of a runbook, given in YAML without its sources. */
export function specOf(yaml: string): BackfillSpec {
  const indented = yaml.replace(/^/gm, '  ');
  const text = `apiVersion: lifeboat/v1
kind: Runbook
name: x
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
resources: [{ id: a, type: ebs-volume, source: vol-a }]
backfill:
  sources: [{ path: x }]
${indented}`;
  const { backfill } = parseRunbook(text, 'x.yaml').runbook;
  if (backfill === undefined) throw new Error('no backfill');
  return backfill;
}

/** Rules, one a line, each without its braces. */
export function rulesOf(...rules: readonly string[]): BackfillSpec {
  return specOf(`clients:\n${rules.map((rule) => `  - { ${rule} }`).join('\n')}`);
}
