import type { RenderAdvice } from '../../advice.ts';
import { Option } from 'commander';
import { jsonText } from '../../document/json-text.ts';
import type { Report } from '../../report/model/report.ts';
import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { namedArgument, runsOptions } from '../session/options.ts';
import type { CommonOptions, RunsOptions } from '../session/options.ts';
import { writeWhole } from '../session/output-file.ts';
import { findReadableRun, reportOf, withJournal } from '../stored/stored-run.ts';

interface ReportOptions extends RunsOptions, CommonOptions {
  readonly format?: string;
  readonly output?: string;
}

export const reportCommand = defineCommand<[string | undefined], ReportOptions>({
  usage: 'report [run]',
  summary: 'the evidence of a run',
  description:
    'Writes what happened in a run, from its journal: verdict, objectives, phases, resources, approvals, timeline. Without an id, ' +
    'the run begun last.',
  options: [
    new Option('--format <format>', 'md or json (default: md; under --json json)').choices(['md', 'json']),
    new Option('-o, --output <file>', 'write it to a file').argParser(namedArgument),
    ...runsOptions(),
  ],
  examples: [
    'lifeboat report',
    'lifeboat report orders-20261120T0300-1 -o evidence.md',
    'lifeboat report orders-20261120T0300-1 --format json',
  ],
  async run({ terminal }, [runId], options) {
    const { output, format = terminal.json ? 'json' : 'md' } = options;
    const run = await findReadableRun(options, runId);
    const report = await withJournal(run, reportOf);
    const text = await formatted(report, format, terminal.hint);
    if (output !== undefined)
      writeWhole(
        output,
        `${text}
`,
      );
    terminal.document(report);
    terminal.print(output === undefined ? text : `Wrote ${output}`);
    return EXIT.done;
  },
});

async function formatted(report: Report, format: string, hint: RenderAdvice): Promise<string> {
  if (format === 'json') return jsonText(JSON.stringify(report, null, 2));
  const { renderMarkdownReport } = await import('../../report/render/render-markdown.ts');
  return renderMarkdownReport(report, hint).trimEnd();
}
