import { exitCodeOfBackfill, scanDocument } from './backfill-verdict.ts';
import { backfillOptions, chooseSpec } from './backfill-spec.ts';
import type { BackfillOptions } from './backfill-spec.ts';
import { openTools, scanInScratch, showingBytes } from './backfill-tools.ts';
import { defineCommand } from '../session/command.ts';

export const backfillScanCommand = defineCommand<[readonly string[]], BackfillOptions>({
  usage: 'backfill scan [logs...]',
  summary: 'find missed requests: windows, classes, counts; sends and keeps nothing',
  description:
    'Reads access logs or captures: files, patterns in quotes, - for standard input, s3://bucket/prefix; gzip and zstd are recognized. Finds the windows of ' +
    'the outage, and gives each missed request a verdict: its client retries it, it can be replayed, or it is lost. Nothing is sent.',
  options: backfillOptions(),
  examples: [
    'lifeboat backfill scan access.log',
    'lifeboat backfill scan "logs/*.gz" --runbook orders.yaml',
    'lifeboat backfill scan s3://my-logs/AWSLogs/ --from 2026-11-20T03:00:00Z --to 2026-11-20T05:00:00Z --json',
  ],
  async run(session, [logs], options) {
    const { spec, runbook } = await chooseSpec(logs, options);
    const { scanOnly } = await import('../../backfill/scan-only.ts');
    const tools = await openTools(session, runbook?.runbook.region);
    const result = await scanInScratch((scratch, signal) =>
      showingBytes(session.terminal, (onProgress) => scanOnly(spec, scratch, tools, { signal, onProgress })),
    );
    const { terminal } = session;
    terminal.document(scanDocument(result));
    const { renderBackfill } = await import('../../report/render/render-backfill.ts');
    terminal.print(renderBackfill(result, terminal.palette, terminal.width));
    return exitCodeOfBackfill(result);
  },
});
