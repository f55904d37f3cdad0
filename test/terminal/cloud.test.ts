import { DEPLOYMENT, DeployedFunction, deploy } from '../cli/cloud/deployment.ts';
import { openCloudStage, type CloudStage } from '../cli/cloud/stage.ts';
import { useCli } from '../e2e/cli.ts';
import { openScreen } from './screen.ts';

jest.setTimeout(60_000);
const cli = useCli();
let stage: CloudStage;
let deployed: DeployedFunction;
let undeploy: () => Promise<void>;

beforeEach(async () => {
  stage = await openCloudStage();
  deployed = new DeployedFunction(stage);
  undeploy = await deploy(DEPLOYMENT);
});
afterEach(async () => {
  await deployed.idle();
  await undeploy();
  await stage.close();
});

function environment(): Readonly<Record<string, string>> {
  const ours = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
  return Object.fromEntries(ours.map(([name, value]) => [name, value ?? '']));
}

test('a run in the cloud is shown live like one that is driven here, and Ctrl-C takes away the view and not the run', async () => {
  deployed.hold = true;
  const line = [cli.entry, 'restore', 'orders', '--cloud'];
  const screen = openScreen(process.execPath, line, {
    cwd: cli.folder,
    env: environment(),
    rows: 40,
    columns: 100,
  });
  await screen.until('the question', (text) => /Start this recovery\?/.test(text));
  screen.type('y\r');
  const view = await screen.until('the view', (text) => /^resources 0 of 1 ready/m.test(text));
  expect(view).toMatch(/^orders-\d{8}T\d{4}-\d+ {2}restore of orders {2}RUNNING, preflight/m);
  expect(view).toMatch(/^search-index +queued/m);
  screen.type(String.fromCharCode(3));
  expect(await screen.ended()).toBe(4);
  const left = screen.everything().join('\n');
  expect(left.replace(/\s+/g, ' ')).toMatch(
    /Stopped watching; orders-\S+ goes on in the cloud\. Follow it with: lifeboat status/,
  );
  expect(left).not.toMatch(/^resources 0 of 1 ready/m);
  expect(screen.isCursorVisible).toBe(true);
});
