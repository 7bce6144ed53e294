import {
  type ImportOf,
  importsOf,
  isSpec,
  moduleOf,
  type SourceFile,
  type Violation,
} from './source-files.js';

/** Who may import whom, from the bottom of the house to its top. A folder that is not here is a fault. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'anything'>> = {
  common: [],
  config: ['common'],
  access: ['common', 'config'],
  http: ['common', 'config', 'access'],
  database: ['common', 'config'],
  stripe: ['common', 'config'],
  channels: ['common', 'config'],
  catalog: ['common'],
  customers: ['common'],
  // Moves whole rows of others' tables by SQL of its own; knows no module and no rule of theirs.
  retention: ['common', 'config'],
  notifications: ['common', 'config', 'channels', 'customers'],
  orders: ['common', 'config', 'catalog', 'customers', 'stripe', 'notifications', 'retention'],
  pickup: ['common', 'config', 'orders', 'notifications', 'retention'],
  carts: ['common', 'config', 'catalog', 'customers', 'orders'],
  payments: [
    'common',
    'config',
    'stripe',
    'orders',
    'pickup',
    'notifications',
    'catalog',
    'retention',
  ],
  reminders: ['common', 'config', 'orders', 'notifications'],
  reviews: ['common', 'config', 'orders', 'customers', 'notifications'],
  conversations: [
    'common',
    'config',
    'channels',
    'catalog',
    'customers',
    'carts',
    'orders',
    'notifications',
  ],
  insights: ['common', 'config', 'database'],
  storefront: ['common', 'config'],
  admin: 'anything',
  sandbox: 'anything',
  operations: 'anything',
};

/** The top of the house: only the files that put the application together know these. */
const NOBODY_IMPORTS: readonly string[] = [
  'reminders',
  'reviews',
  'conversations',
  'insights',
  'admin',
  'sandbox',
  'operations',
  'storefront',
  'http',
];

/** Foundations: no inside to protect, so any of their files may be imported. */
const FOUNDATIONS: readonly string[] = ['common', 'config', 'access', 'http'];

/** What a module shows to others: services, errors, states, ports, response types and pieces of SQL. */
const SHOWN =
  /(?:\.module|\.service|\.sql|\.errors?|-status|\.gateway|\.port|\.guard|\.response|^channel|^message-template|^notification-params)\.ts$/;

const TRANSACTION = 'src/database/transaction.ts';

/** Where a vendor's SDK may be imported, and where only its types may. */
const VENDORS: Readonly<
  Record<string, { readonly use: readonly string[]; readonly types: readonly string[] }>
> = {
  stripe: { use: ['stripe', 'sandbox'], types: ['payments', 'orders'] },
  twilio: { use: ['channels', 'sandbox'], types: [] },
  nodemailer: { use: ['channels', 'sandbox'], types: [] },
};

/** Every import of `src` that the table above does not allow; specs may import what they test. */
export function importViolations(files: readonly SourceFile[]): Violation[] {
  const sources = files.filter(({ path }) => path.startsWith('src/') && !isSpec(path));
  const withController = new Set(
    sources.filter(({ path }) => path.endsWith('.controller.ts')).map(({ path }) => moduleOf(path)),
  );
  const faults = sources.flatMap((file) =>
    importsOf(file).flatMap((imported) => {
      const fault = faultOf(file.path, imported, withController);
      return fault === null ? [] : [{ file: file.path, ...fault }];
    }),
  );
  return [...faults, ...unknownModules(sources), ...moduleCycles(sources)];
}

type Fault = Pick<Violation, 'rule' | 'detail'>;

function faultOf(
  path: string,
  imported: ImportOf,
  withController: ReadonlySet<string | null>,
): Fault | null {
  const { specifier, target } = imported;
  const from = moduleOf(path);
  const fault = (rule: string): Fault => ({ rule, detail: specifier });
  if (target === null) return packageFault(from, imported);
  if (!specifier.endsWith('.js')) return fault('relative imports end in .js');
  if (!target.startsWith('src/')) {
    const isMigrations = target === 'migrations/index.ts' && from === 'database';
    return isMigrations ? null : fault('src imports nothing outside src');
  }
  const to = moduleOf(target);
  if (to === from) return null;
  if (to === null) return fault('modules do not import the root');
  if (from === null) return rootFault(path, imported, to);
  if (target === TRANSACTION) return null;
  // The one list of what is mapped.
  if (from === 'database' && target.endsWith('.entity.ts')) return null;
  if (NOBODY_IMPORTS.includes(to)) return fault(`nobody imports ${to}`);
  if (to === 'access' && withController.has(from)) return null;
  const allowed = MAY_IMPORT[from] ?? [];
  if (allowed !== 'anything' && !allowed.includes(to)) return fault(`${from} may not import ${to}`);
  if (FOUNDATIONS.includes(to)) return null;
  // Figures are read with SQL of their own: that module needs the data source itself.
  if (to === 'database') return null;
  const name = target.slice(target.lastIndexOf('/') + 1);
  return SHOWN.test(name) ? null : fault(`${to} shows no such file to others`);
}

/** `main.ts`, `app.module.ts` and their like know everybody; the doubles are loaded only when used. */
function rootFault(
  path: string,
  { specifier, isDynamic, isTypeOnly }: ImportOf,
  to: string,
): Fault | null {
  if (to !== 'sandbox' || isDynamic || isTypeOnly) return null;
  return { rule: 'the sandbox is imported dynamically', detail: `${path}: ${specifier}` };
}

function packageFault(from: string | null, { specifier, isTypeOnly }: ImportOf): Fault | null {
  if (/^(?:src\/|test\/|[@~#]\/|#)/.test(specifier))
    return { rule: 'no path aliases', detail: specifier };
  const vendor = Object.entries(VENDORS).find(
    ([name]) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (vendor === undefined) return null;
  const [name, { use, types }] = vendor;
  const isAllowed = use.includes(from ?? '') || (isTypeOnly && types.includes(from ?? ''));
  return isAllowed
    ? null
    : { rule: `${name} is imported by ${use.join(' and ')} only`, detail: specifier };
}

function unknownModules(sources: readonly SourceFile[]): Violation[] {
  const unknown = sources.filter(({ path }) => {
    const module = moduleOf(path);
    return module !== null && MAY_IMPORT[module] === undefined;
  });
  return unknown.map(({ path }) => ({
    rule: 'every folder is in the import table',
    file: path,
    detail: moduleOf(path) ?? '',
  }));
}

/** Circles between folders, the list of entities in `database` and its one shared function aside. */
function moduleCycles(sources: readonly SourceFile[]): Violation[] {
  const edges = new Map<string, Set<string>>();
  for (const file of sources) {
    const from = moduleOf(file.path);
    for (const { target } of importsOf(file)) {
      const to = target === null ? null : moduleOf(target);
      const isExempt =
        target === TRANSACTION || (from === 'database' && target?.endsWith('.entity.ts'));
      if (from === null || to === null || from === to || isExempt) continue;
      edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
  }
  return [...edges.keys()].flatMap((start) => {
    const circle = wayBack(start, edges);
    // Told once, by the first of its folders in the alphabet.
    const isFirst = circle !== null && circle.every((name) => start <= name);
    return isFirst
      ? [
          {
            rule: 'no import circle between modules',
            file: `src/${start}`,
            detail: [...circle, start].join(' → '),
          },
        ]
      : [];
  });
}

function wayBack(start: string, edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const seen = new Set<string>();
  const ways: string[][] = [[start]];
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of edges.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return null;
}
