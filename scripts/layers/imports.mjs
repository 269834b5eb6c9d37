import ts from 'typescript';

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {number} line 1-based
 * @property {boolean} typeOnly gone at run time
 * @property {boolean} deferred `import()`: runs after the module has been evaluated
 */

/**
 * Every module that a source file names: imports, re-exports, `import()` and `import('x').Type`.
 *
 * `import { type A } from 'x'` is not type-only: with verbatimModuleSyntax it stays as `import {} from 'x'`.
 *
 * @param {string} text
 * @param {string} fileName for the syntax (.ts, .tsx, .mjs)
 * @returns {Import[]}
 */
export function importsOf(text, fileName) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, false);
  /** @type {Import[]} */
  const found = [];
  /** @param {ts.Node | undefined} node @param {boolean} typeOnly */
  const add = (node, typeOnly, deferred = false) => {
    if (!node || !ts.isStringLiteralLike(node)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.push({ specifier: node.text, line, typeOnly, deferred });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      if (ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
