import { InvalidArgumentError, Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import { plain } from '../../report/layout/plain.ts';
import type { ServedAccount } from '../../simulator/endpoint/account.ts';
import { readInventory } from '../inputs/account.ts';
import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { interruptible } from '../session/interruption.ts';
import { worldOptions } from '../session/options.ts';
import type { WorldOptions } from '../session/options.ts';
import type { Terminal } from '../session/terminal.ts';

interface EndpointOptions extends Pick<WorldOptions, 'seed' | 'faults'> {
  readonly simulate: string;
  readonly port?: number;
  readonly speed?: number;
}

const SHARED: ReadonlySet<string> = new Set(['simulate', 'seed', 'faults']);

export const endpointCommand = defineCommand<[], EndpointOptions>({
  usage: 'endpoint',
  summary: 'serve a simulated account to the AWS CLI, SDKs and Lifeboat itself',
  description:
    "Serves a simulated account over AWS's protocols on loopback, until Ctrl-C. Whatever takes AWS_ENDPOINT_URL can use it: the AWS CLI, " +
    'programs that use an SDK, Lifeboat without --simulate. It prints what to set. The account is kept in memory and begins with ' +
    'what the inventory lists. Instants are told as if the capture were now.',
  options: options(),
  examples: [
    'lifeboat endpoint --simulate runbooks/inventories/orders.yaml',
    'lifeboat endpoint --simulate runbooks/inventories/orders.yaml --port 4566 --speed 600',
  ],
  async run({ terminal, openLog }, _, { simulate, ...given }) {
    const [inventory, { serveAccount }, log] = await Promise.all([
      readInventory(simulate),
      import('../../simulator/endpoint/account.ts'),
      openLog(),
    ]);
    const onBug = (error: unknown): void => log.error({ error }, 'The simulated account failed.');
    const account = await serveAccount({ inventory, ...given, onBug }).catch((error: unknown) => {
      throw refusedPort(error, given.port);
    });
    try {
      await interruptible(async (stop) => {
        announce(account, terminal);
        await new Promise((resolve) => stop.addEventListener('abort', resolve));
      });
    } finally {
      await account.close();
    }
    return EXIT.done;
  },
});

function options(): readonly Option[] {
  const shared = worldOptions().filter((option) => SHARED.has(option.attributeName()));
  for (const option of shared) if (option.attributeName() === 'simulate') option.makeOptionMandatory();
  return [
    ...shared,
    new Option('--port <n>', 'port on 127.0.0.1 (default: any that is free)').argParser(portArgument),
    new Option('--speed <n>', 'simulated seconds per real second (default: 1)').argParser(speedArgument),
  ];
}

function portArgument(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port from 1 to 65535, or 0 for any that is free.');
}

function speedArgument(text: string): number {
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0 && speed <= 100_000) return speed;
  throw new InvalidArgumentError(
    'Expected a number above 0, such as 600 for ten minutes in a second; 100000 at most.',
  );
}

function refusedPort(error: unknown, port = 0): unknown {
  const { code } = error as { readonly code?: string };
  const why = { EADDRINUSE: 'is in use', EACCES: 'may not be used by this user' }[code ?? ''];
  if (why === undefined) return error;
  return new LifeboatError(
    'USAGE',
    `Port ${port} of 127.0.0.1 ${why}.`,
    'Give another one with --port, or leave it out for one that is free.',
  );
}

function announce({ url, world }: ServedAccount, terminal: Terminal): void {
  const { id, region } = world.account;
  terminal.document({ schema: 'lifeboat.endpoint/v1', url, region, account: id });
  terminal.print(`Account ${id} in ${plain(region)}, simulated. To use it:

export AWS_ENDPOINT_URL=${url}
export AWS_REGION=${plain(region)}
export AWS_ACCESS_KEY_ID=operator
export AWS_SECRET_ACCESS_KEY=secret

Any access key works, and names the caller. The secret key matters for approvals only.
Ctrl-C stops it; the account is then gone.`);
}
