import { kindNames } from './eslint.kinds.js';
import tseslint from 'typescript-eslint';

/** What each layer may import, besides itself and the files beside the layers: the arrows of ARCHITECTURE.md, kept by the machine. */
const known = {
  storage: [],
  facts: [],
  document: [],
  runbook: ['document', 'kinds'],
  inventory: ['facts', 'document', 'runbook', 'kinds'],
  // What differs between kinds of resources. Runbooks and inventories take their kinds' parts of the schema from `kinds/*/{runbook,inventory}.ts`.
  kinds: ['facts', 'document', 'runbook', 'inventory'],
  plan: ['facts', 'runbook', 'inventory', 'kinds'],
  objectives: ['kinds', 'facts', 'plan'],
  workflow: ['kinds', 'facts', 'runbook', 'inventory', 'plan', 'objectives'],
  sentences: ['kinds', 'facts', 'plan', 'objectives', 'workflow'],
  readiness: ['kinds', 'facts', 'document', 'runbook', 'inventory', 'plan', 'workflow'],
  verify: ['kinds', 'facts', 'plan', 'workflow'],
  journal: ['kinds', 'storage', 'facts', 'runbook', 'plan', 'workflow'],
  backfill: ['kinds', 'facts', 'storage', 'document', 'runbook', 'plan', 'workflow', 'journal', 'aws'],
  aws: ['kinds', 'facts', 'inventory', 'plan', 'workflow', 'readiness', 'verify'],
  notices: ['kinds', 'facts', 'runbook', 'plan', 'workflow', 'sentences', 'journal'],
  simulator: ['storage', 'facts', 'inventory'],
  report: [
    'kinds',
    'facts',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'sentences',
    'journal',
    'notices',
    'backfill',
  ],
  driver: ['kinds', 'facts', 'runbook', 'inventory', 'plan', 'objectives', 'workflow', 'aws', 'journal'],
  preparation: [
    'kinds',
    'facts',
    'document',
    'runbook',
    'inventory',
    'plan',
    'workflow',
    'readiness',
    'aws',
    'journal',
    'notices',
    'driver',
  ],
  hosts: [
    'kinds',
    'report',
    'storage',
    'facts',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'sentences',
    'verify',
    'aws',
    'journal',
    'notices',
    'backfill',
    'simulator',
    'driver',
    'preparation',
    'readiness',
  ],
  cli: [
    'kinds',
    'storage',
    'facts',
    'document',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'sentences',
    'aws',
    'journal',
    'notices',
    'readiness',
    'backfill',
    'simulator',
    'report',
    'driver',
    'preparation',
    'hosts',
  ],
};
const layers = Object.keys(known);
/**
 * Rooms of a layer, in the same way: what each may import of the others. All know `base`; none may import the files beside the rooms, which
 * put them together.
 */
const rooms = {
  backfill: {
    base: [],
    lines: [],
    outages: [],
    control: [],
    kept: [],
    ledger: [],
    work: [],
    classes: ['lines'],
    formats: ['lines'],
    sources: ['lines', 'formats'],
    queue: ['lines'],
    targets: ['formats'],
    'live-traffic': ['control', 'formats'],
    replay: ['ledger'],
    survey: ['lines', 'formats', 'sources'],
    scan: ['lines', 'classes', 'outages', 'sources', 'survey', 'work'],
  },
  report: {
    layout: [],
    model: ['layout'],
    render: ['layout', 'model'],
  },
  cli: {
    session: [],
    stored: ['session'],
    inputs: ['session', 'stored'],
    signals: ['session', 'stored'],
    check: ['session', 'inputs', 'signals'],
    completion: ['session', 'stored'],
    live: ['session', 'stored', 'signals'],
    backfill: ['session', 'inputs', 'stored'],
    run: ['session', 'inputs', 'stored', 'signals', 'live', 'backfill'],
    cloud: ['session', 'inputs', 'stored', 'signals', 'live', 'run'],
    commands: [
      ...['session', 'inputs', 'stored', 'signals', 'check', 'completion', 'live', 'backfill', 'run'],
      'cloud',
    ],
  },
};
/** Rooms of `backfill` that must be pure too. */
const pureRooms = ['lines', 'formats', 'outages', 'classes', 'control'];
const pureParts = pureRooms.map((room) => `src/backfill/${room}/**/*.ts`);
/** Layers that must give the same answer for the same input: no I/O, no clock, no chance. */
const pure = [
  'document',
  'facts',
  'runbook',
  'inventory',
  'kinds',
  'plan',
  'objectives',
  'workflow',
  'sentences',
  'readiness',
];
const impureModules = ['node:*', '@aws-sdk/*', 'pino', 'commander'];

const inwardOf = (layer, allowed) => ({
  group: layers.filter((other) => other !== layer && !allowed.includes(other)).map((name) => `**/${name}/**`),
  message: `Imports point inward: '${layer}' must not know this layer.`,
});
const withoutEdge = (name) => ({
  group: impureModules,
  // A row of a settings table reads AWS's answer: its types are erased.
  allowTypeImports: name === 'kinds',
  message: `'${name}' is pure: no Node built-ins, SDK or logger.`,
});
const restricted = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

/** A kind's parts of runbooks and inventories: the schemas are put together from them, so they know neither. */
const lowParts = '[^/]+/(runbook|inventory)(-[a-z]+)?';
const lowerKinds = {
  regex: `/kinds/(?!(schemas|drafts|drill-rules|kind-(inventory|runbook|draft)|${lowParts})\\.ts$)`,
  message:
    "Of the kinds, runbooks and inventories know the parts of their schemas alone: 'kinds/schemas.ts'.",
};
const aboveSchemas = {
  regex: '/(runbook|inventory)/(?!(parts|draft-names|unsupported)\\.ts$)',
  message:
    'The schemas of runbooks and inventories are put together from this: of both it knows the shared parts alone.',
};

const layerRules = layers.map((layer) =>
  restricted(
    [`src/${layer}/**/*.ts`],
    [
      inwardOf(layer, known[layer]),
      ...(pure.includes(layer) ? [withoutEdge(layer)] : []),
      ...(['runbook', 'inventory'].includes(layer) ? [lowerKinds] : []),
    ],
  ),
);
const schemaRules = restricted(
  [
    'src/kinds/{schemas,drafts,drill-rules,kind-inventory,kind-runbook,kind-draft}.ts',
    'src/kinds/*/{runbook,inventory}{,-*}.ts',
  ],
  [inwardOf('kinds', ['document', 'facts', 'runbook', 'inventory']), withoutEdge('kinds'), aboveSchemas],
);

const roomRules = Object.entries(rooms).flatMap(([layer, table]) =>
  Object.entries(table).map(([room, inner]) => {
    const others = Object.keys(table).filter((other) => ![room, 'base', ...inner].includes(other));
    const outward = {
      regex: `^\\.\\./((${others.join('|')})/|[^/]+\\.ts$)`,
      message: `Imports point inward: the room '${room}' of '${layer}' must not know this one.`,
    };
    const isPure = layer === 'backfill' && pureRooms.includes(room);
    return restricted(
      [`src/${layer}/${room}/**/*.ts`],
      isPure
        ? [inwardOf(layer, ['document', 'runbook']), withoutEdge(room), outward]
        : [inwardOf(layer, known[layer]), outward],
    );
  }),
);

/** The infrastructure is a program of its own: of the product it knows runbooks, names and contracts, and nothing that runs. */
const infraRules = restricted(
  ['infra/**/*.ts'],
  [
    {
      regex:
        '/src/(?!(advice|errors|tags|time)\\.ts$|(document|runbook)/|kinds/([^/]+/runbook|drill-rules|(kind-)?calls)\\.ts$|plan/types\\.ts$|hosts/lambda/(requests|metrics)\\.ts$|journal/dynamodb/table-schema\\.ts$|cli/session/(exit-codes|render-error)\\.ts$)',
      message: 'Of the product, the infrastructure knows runbooks, names and contracts alone.',
    },
  ],
);

const pureRules = {
  files: [
    ...pure.map((layer) => `src/${layer}/**/*.ts`),
    ...pureParts,
    'src/backfill/base/{record,counts,verdict,outage-window,survey,replay-ports}.ts',
    'src/backfill/result.ts',
  ],
  rules: {
    'no-restricted-globals': [
      'error',
      'Date',
      'process',
      'setTimeout',
      'setInterval',
      'crypto',
      'performance',
      'fetch',
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Math', property: 'random', message: 'Pure code takes no chances.' },
    ],
  },
};

const COMMAND =
  '/lifeboat (abort|adopt|approve|backfill|check|cleanup|drill|endpoint|init|inventory|pause|plan|reject|report|restore|resume|runs|status)\\b/';
/** A command in a sentence would lack `--state`: `advise` of src/advice.ts takes commands as data. Examples and descriptions are for `--help`. */
const adviceAsText = [`Literal[value=${COMMAND}]`, `TemplateElement[value.raw=${COMMAND}]`].map((node) => ({
  selector: `${node}:not(Property[key.name=/^(examples|description)$/] *)`,
  message: "Write it as advise`... ${lifeboat('resume', runId)}` (src/advice.ts).",
}));

const PROSE = '/^(message|sentence|headline|why|problem)$/';
const RENDERED = '/Text$|^sentenceOf$/';
const prose = [
  `MemberExpression[property.name=${PROSE}]`,
  `Identifier[name=${PROSE}]`,
  `CallExpression[callee.name=${RENDERED}]`,
].join(', ');
/** Nothing may depend on the wording of a sentence: entries, reasons, findings and leftovers have a code and data. */
const proseAsData = [
  `CallExpression > MemberExpression.callee[property.name=/^(startsWith|endsWith|includes|match|matchAll|search|indexOf)$/] > :matches(${prose}).object`,
  `CallExpression[callee.property.name=/^(test|exec)$/] > :matches(${prose}).arguments`,
].map((selector) => ({ selector, message: 'Go by the code and its data: sentences are for people.' }));

export default tseslint.config(
  { ignores: ['dist', 'cdk.out', 'coverage', 'node_modules'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  ...layerRules,
  schemaRules,
  ...roomRules,
  infraRules,
  pureRules,
  kindNames,
  {
    files: ['src/**/*.ts'],
    // The text of a runbook, the scripts of a shell and the general help are no advice.
    ignores: ['src/runbook/draft*.ts', 'src/cli/**/completion-scripts.ts', 'src/cli/main.ts'],
    rules: { 'no-restricted-syntax': ['error', ...adviceAsText] },
  },
  {
    files: [
      'src/{plan,objectives,workflow,driver,preparation,hosts,notices,report,sentences,readiness,cli}/**/*.ts',
    ],
    // The text of a runbook, the scripts of a shell and the general help; and the layout of an error's text.
    ignores: ['src/cli/**/completion-scripts.ts', 'src/cli/main.ts', 'src/cli/**/render-error.ts'],
    rules: { 'no-restricted-syntax': ['error', ...adviceAsText, ...proseAsData] },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', { max: 500 }] },
  },
  {
    // What Jest and ESLint load wants a default export.
    files: ['**/*.config.js', 'test/sequencer.js', 'test/e2e/build-folder.ts'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
