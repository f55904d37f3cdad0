/** What AWS charges in us-east-1, in USD a month. The pages of prices are the source; they change. */
const MONTHLY: readonly {
  readonly what: string;
  readonly type: string;
  readonly usd: number;
  readonly source: string;
  /** Of one resource; default 1. */
  readonly count?: (properties: Readonly<Record<string, unknown>>) => number;
}[] = [
  {
    what: 'alarms, by the metrics that they watch',
    type: 'AWS::CloudWatch::Alarm',
    usd: 0.1,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    count: ({ Metrics }) =>
      Array.isArray(Metrics) ? Metrics.filter((metric) => 'MetricStat' in (metric as object)).length : 1,
  },
  {
    what: 'dashboards; an account has three for nothing',
    type: 'AWS::CloudWatch::Dashboard',
    usd: 3,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
  },
  {
    what: 'keys',
    type: 'AWS::KMS::Key',
    usd: 1,
    source: 'https://aws.amazon.com/kms/pricing/',
  },
];

interface Resources {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** What a template costs while nothing runs, as rows of a Markdown table: everything else in it is paid by use. */
export function costAtRest({ Resources: resources }: Resources): string {
  const rows = MONTHLY.map(({ what, type, usd, source, count = () => 1 }) => {
    const units = Object.values(resources)
      .filter(({ Type }) => Type === type)
      .reduce((sum, { Properties = {} }) => sum + count(Properties), 0);
    return {
      cells: [what, units, money(usd), money(units * usd), `[prices](${source})`],
      total: units * usd,
    };
  });
  const total = rows.reduce((sum, row) => sum + row.total, 0);
  return [
    '| | number | USD each | USD a month | |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ cells }) => `| ${cells.join(' | ')} |`),
    `| together | | | ${money(total)} | |`,
  ].join('\n');
}

function money(usd: number): string {
  return usd.toFixed(2);
}
