import { readdirSync } from 'node:fs';
import { relative } from 'node:path';

/** A branch on a kind belongs into the folder of the kind. At most eight other files may name one, each with its reason. */
const MOST_NAMING = 8;
const naming = {
  'src/inventory/schema.ts': 'gives the types of entries of the lists to those who import them',
  'src/plan/types.ts': 'fields of the document of a plan, which scripts read',
  'src/plan/blast-radius.ts': 'fills such fields',
  'src/plan/cold-restore.ts': 'compares with volumes that are read by hand, without initialization',
  'src/plan/time-problems.ts': 'tells of that comparison',
  'src/verify/configuration.ts': 'compares answers of the SDK with the settings tables of two kinds',
  'src/report/model/old-parts.ts': 'reads journals of earlier versions, which have no types of things',
};
if (Object.keys(naming).length > MOST_NAMING) throw new Error(`more than ${MOST_NAMING} files name a kind`);
/** Where kinds are at home: their pure parts, their edge, their policies, and what plays AWS. */
const homes = ['src/{kinds,aws,simulator}/**', 'infra/permissions/{volumes,databases}.ts'];
const kinds = readdirSync(new URL('src/kinds', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** Types of things; with an s, lists of an inventory. */
const things = ['volume', 'dbInstance', 'dbSnapshot', 'dbCluster', 'dbClusterSnapshot'];
const kindName = new RegExp(`^(${kinds.join('|')}|(${things.join('|')})s?)$`);
const kindFolder = new RegExp(`/kinds/(${kinds.join('|')})/`);
const namesNoKind = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const isListed = Object.hasOwn(naming, relative(import.meta.dirname, context.filename));
    let found = 0;
    const report = (node, message) => {
      found += 1;
      if (!isListed) context.report({ node, message });
    };
    const check = (node, name) => {
      if (typeof name === 'string' && kindName.test(name))
        report(node, `'${name}' names a kind of resource: put what depends on it into src/kinds.`);
    };
    const checkKey = (node) => check(node, node.name);
    const checkSource = (node) => {
      if (node.source !== null && kindFolder.test(node.source.value))
        report(
          node,
          'Only the lists of the kinds know them by name: kinds/schemas.ts and kinds/registry.ts.',
        );
    };
    return {
      Literal: (node) => check(node, node.value),
      'MemberExpression[computed=false] > Identifier.property': checkKey,
      'Property[computed=false] > Identifier.key': checkKey,
      'TSPropertySignature > Identifier.key': checkKey,
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      'Program:exit'(node) {
        if (isListed && found === 0)
          context.report({ node, message: 'It names no kind any more: take it off the list.' });
      },
    };
  },
};

export const kindNames = {
  files: ['{src,infra}/**/*.ts'],
  ignores: homes,
  plugins: { lifeboat: { rules: { 'no-kind-names': namesNoKind } } },
  rules: { 'lifeboat/no-kind-names': 'error' },
};
