/** Writes src/ops/methods.generated.ts: the ops whose first argument is `self: Tensor`, as methods. */
import { byOp, exportedName, localName, placeNames } from './emit-functions.mjs';
import { isInPlace, parameterList, returnType } from './signature.mjs';

const takesSelf = ({ entry, parameters }) =>
  entry.method &&
  parameters[0]?.name === 'self' &&
  parameters[0].base === 'Tensor' &&
  !parameters[0].optional;

export function emitMethods(header, topics) {
  const declarations = [];
  const definitions = [];
  const imports = [];
  for (const [topic, signatures] of topics) {
    const names = [];
    for (const [op, all] of byOp(signatures)) {
      const group = all.filter(takesSelf);
      if (group.length === 0) continue;
      const name = exportedName(op);
      const local = localName(op);
      names.push(local === name ? name : `${name} as ${local}`);
      const inPlace = isInPlace(group[0]) ? ', in place' : '';
      const schemas = [...new Set(group.map((s) => s.schema.text.slice('aten::'.length)))];
      declarations.push(
        '    /**',
        `     * \`aten::${op}\` of this tensor${inPlace}. See the function of this name.`,
        '     *',
        '     * ```',
        ...schemas.map((text) => `     * ${text}`),
        '     * ```',
        '     */',
      );
      for (const s of group) declarations.push(`    ${name}(${parameterList(s, 1)}): ${returnType(s)};`);
      const places = placeNames(group).slice(1);
      const parameters = ['this: Tensor', ...places.map((p) => `${p}: never`)].join(', ');
      const values = ['this', ...places].join(', ');
      definitions.push(
        `method('${name}', function (${parameters}) {`,
        `  return ${local}(${values});`,
        '});',
      );
    }
    if (names.length > 0)
      imports.push(`import {\n  ${names.join(',\n  ')},\n} from './${topic}.generated.ts';`);
  }
  return `${header}
import type { DType } from '../tensor/dtype.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Scalar } from './arguments.ts';
${imports.join('\n')}

declare module '../tensor/tensor.ts' {
  interface Tensor {
${declarations.join('\n')}
  }
}

/** Arguments of type \`never\` fit every overload; the declarations above are what callers see. */
function method(name: string, value: (this: Tensor, ...values: never[]) => unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}

${definitions.join('\n')}
`;
}
