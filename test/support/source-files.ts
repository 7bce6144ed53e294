import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** One file of the project; `path` is relative to its root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface ImportOf {
  /** As written: `./x.js`, `stripe`. */
  readonly specifier: string;
  /** Path of a file of the project (`src/orders/order.entity.ts`); null for a package. */
  readonly target: string | null;
  /** Leaves nothing in the compiled code. */
  readonly isTypeOnly: boolean;
  readonly isDynamic: boolean;
}

export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly detail: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every TypeScript file below a folder of the project. */
export function readSourceFiles(folder: string): SourceFile[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));
}

export const isSpec = (path: string): boolean => /\.(?:e2e-)?spec\.ts$/.test(path);

/** `src/orders/dto/x.ts` gives `orders`; null for the files that put the application together. */
export const moduleOf = (path: string): string | null => /^src\/([^/]+)\//.exec(path)?.[1] ?? null;

/** Visits every node of a file. */
export function visitNodes({ path, text }: SourceFile, visit: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    visit(node);
    node.forEachChild(walk);
  };
  walk(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
}

/** Static, dynamic, re-exporting and `import('x').T` imports of a file. */
export function importsOf(file: SourceFile): ImportOf[] {
  const imports: ImportOf[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean, isDynamic = false): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const target = targetOf(file.path, specifier.text);
    imports.push({ specifier: specifier.text, target, isTypeOnly, isDynamic });
  };
  visitNodes(file, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    }
  });
  return imports;
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.isTypeOnly) return true;
  const { name, namedBindings } = importClause;
  if (name !== undefined || namedBindings === undefined || ts.isNamespaceImport(namedBindings)) {
    return false;
  }
  return namedBindings.elements.length > 0 && namedBindings.elements.every((one) => one.isTypeOnly);
}

function targetOf(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const steps = from.split('/').slice(0, -1);
  for (const step of specifier.replace(/\.js$/, '.ts').split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}
