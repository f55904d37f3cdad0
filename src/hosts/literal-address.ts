import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { literalIn, type LiteralWebhook } from '../journal/kept-target.ts';

/**
 * Reads the address of a webhook again from the file of its runbook; `undefined` where the file is missing or invalid, or has another address by now. In a
 * module of its own, because most runs need no YAML: a bundle gives a dynamic import of that package itself no named exports.
 */
export function literalAddress(target: LiteralWebhook): string | undefined {
  try {
    return literalIn(parse(readFileSync(target.webhook.runbook, 'utf8'), { maxAliasCount: 100 }), target);
  } catch {
    return undefined;
  }
}
