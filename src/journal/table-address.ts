/** A journal in the cloud, as an operator names it. */
export interface TableAddress {
  readonly table: string;
  /** Absent: AWS_REGION or the profile's. */
  readonly region?: string;
}

const SCHEME = 'dynamodb://';
/** The names that DynamoDB accepts. */
const TABLE = /^[\w.-]{3,255}$/;

export function isRegion(text: string): boolean {
  return /^[a-z]{2}(-[a-z]+)+-\d$/.test(text);
}

/**
 * `undefined` for a text that is no such address. `URL` is not used: it accepts user names, ports and paths.
 *
 * @example parseTableAddress('dynamodb://lifeboat?region=us-west-2') // { table: 'lifeboat', region: 'us-west-2' }
 */
export function parseTableAddress(text: string): TableAddress | undefined {
  if (!text.startsWith(SCHEME)) return undefined;
  const [table = '', query, ...more] = text.slice(SCHEME.length).split('?');
  if (!TABLE.test(table) || more.length > 0) return undefined;
  if (query === undefined) return { table };
  const [name, region = '', ...others] = query.split('=');
  return name === 'region' && others.length === 0 && isRegion(region) ? { table, region } : undefined;
}

/**
 * Options of suggested commands about a run in the cloud. With `--cloud` a command that drives the run leaves that to the function.
 *
 * @example cloudOptions({ table: 'lifeboat' }) // ['--journal', 'dynamodb://lifeboat', '--cloud']
 */
export function cloudOptions(address: TableAddress): readonly string[] {
  return ['--journal', tableAddressText(address), '--cloud'];
}

/** @example tableAddressText({ table: 'lifeboat', region: 'us-west-2' }) // 'dynamodb://lifeboat?region=us-west-2' */
export function tableAddressText({ table, region }: TableAddress): string {
  return `${SCHEME}${table}${region === undefined ? '' : `?region=${region}`}`;
}
