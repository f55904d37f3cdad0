import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks } from '../../infra/stacks.ts';

// cdk-nag reads properties that are deprecated, and each read would be a warning.
process.env['JSII_DEPRECATED'] = 'quiet';
// The CDK's check of each template against CloudFormation's schemas takes seconds, and here would only print what it finds. `npm run synth` has it.
process.env['CDK_VALIDATION'] = 'false';

type Context = Readonly<Record<string, unknown>>;

/** An empty folder that is gone with the machine's other temporary files. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lifeboat-infra-'));
}

/** The app as `cdk` would run it, in the context of cdk.json. The bundle is a stand-in: building it is not what these tests are about. */
export function newApp(context: Context = {}): App {
  const { context: written } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { readonly context: Context };
  const folder = newFolder();
  const bundle = join(folder, 'bundle');
  mkdirSync(bundle);
  writeFileSync(join(bundle, 'index.mjs'), '');
  return new App({
    outdir: join(folder, 'cdk.out'),
    context: { ...written, 'aws:cdk:bundling-stacks': [], 'lifeboat:bundle': bundle, ...context },
  });
}

export interface Deployed {
  readonly app: App;
  readonly stack: Stack;
  readonly template: Template;
  /** Of the stack in the account that is recovered, where that is another one. */
  readonly access: Template | undefined;
}

/** The only stack of a deployment of the runbooks in a folder. */
export function deploy(runbooks: string, context: Context = {}): Deployed {
  const app = newApp({ 'lifeboat:runbooks': runbooks, ...context });
  const [stack, access] = addStacks(app);
  if (stack === undefined) throw new Error('no stack');
  return {
    ...{ app, stack, template: Template.fromStack(stack) },
    access: access && Template.fromStack(access),
  };
}
