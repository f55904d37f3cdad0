import tseslint from 'typescript-eslint';

/** What each layer may import, besides itself and the files beside the layers: the arrows of ARCHITECTURE.md, kept by the machine. */
const known = {
  storage: [],
  facts: [],
  document: [],
  runbook: ['document'],
  inventory: ['facts', 'document', 'runbook'],
  plan: ['facts', 'runbook', 'inventory'],
  objectives: ['facts', 'plan'],
  workflow: ['facts', 'runbook', 'inventory', 'plan', 'objectives'],
  verify: ['facts', 'plan', 'workflow'],
  journal: ['storage', 'runbook', 'plan', 'workflow'],
  backfill: ['facts', 'storage', 'document', 'runbook', 'plan', 'workflow', 'journal', 'aws'],
  aws: ['facts', 'inventory', 'plan', 'workflow', 'verify'],
  notices: ['facts', 'runbook', 'plan', 'workflow', 'journal'],
  simulator: ['storage', 'facts', 'inventory'],
  report: [
    'facts',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'journal',
    'notices',
    'backfill',
  ],
  driver: ['facts', 'runbook', 'inventory', 'plan', 'objectives', 'workflow', 'aws', 'journal'],
  hosts: [
    'storage',
    'facts',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'verify',
    'aws',
    'journal',
    'notices',
    'backfill',
    'simulator',
    'driver',
  ],
  cli: [
    'storage',
    'facts',
    'document',
    'runbook',
    'inventory',
    'plan',
    'objectives',
    'workflow',
    'aws',
    'journal',
    'notices',
    'backfill',
    'simulator',
    'report',
    'driver',
    'hosts',
  ],
};
const layers = Object.keys(known);
/** Parts of `backfill` that must too. */
const pureParts = ['lines', 'json', 'formats', 'outages', 'classes', 'control'].map(
  (part) => `src/backfill/${part}/**/*.ts`,
);
/** Layers that must give the same answer for the same input: no I/O, no clock, no chance. */
const pure = ['document', 'facts', 'runbook', 'inventory', 'plan', 'objectives', 'workflow'];
const impureModules = ['node:*', '@aws-sdk/*', 'pino', 'commander'];

const layerRules = layers.map((layer) => {
  const outer = layers.filter((other) => other !== layer && !known[layer].includes(other));
  const inward = {
    group: outer.map((name) => `**/${name}/**`),
    message: `Imports point inward: '${layer}' must not know this layer.`,
  };
  const without = { group: impureModules, message: `'${layer}' is pure: no Node built-ins, SDK or logger.` };
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', { patterns: pure.includes(layer) ? [inward, without] : [inward] }],
    },
  };
});

const layerRulesOfPureParts = {
  files: pureParts,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...layers
                .filter((other) => !['backfill', 'document', 'runbook'].includes(other))
                .map((name) => `**/${name}/**`),
            ],
            message: 'Imports point inward: this part of the backfill is pure.',
          },
          {
            group: impureModules,
            message: 'This part of the backfill is pure: no Node built-ins, SDK or logger.',
          },
        ],
      },
    ],
  },
};

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

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules'] },
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
  layerRulesOfPureParts,
  pureRules,
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
