/**
 * Runs a template as Jinja2 does. The library's interpreter is near, but prints, compares and strips as JavaScript: `.lstrip('\n')`
 * takes spaces too (Qwen 3), `None` prints as nothing, `continue` loses what the turn printed. Where it differs, this one steps in.
 */

import { Environment, Interpreter, type Template } from '@huggingface/jinja';
import {
  capitalize, entriesOf, functionValue, isDict, isList, isNone, isNumber, isString, isUndefined, itemsOf, iterate, kindName, listValue,
  pythonEquals, pythonIn, pythonJson, pythonReplace, pythonStr, pythonStrip, raise, stringMethod, textOf, toValue, type JsonOptions, type Value,
} from './pythonValues.ts';

type Program = Template['parsed'];
/** A node of the syntax tree. Its classes are not exported, and only `type` and the fields of each type matter. */
type Node = { type: string; [field: string]: unknown };
type Statement = Parameters<Interpreter['evaluate']>[0];

/** No conversation needs longer ones, and one allocation that is too large would end the whole process instead of its thread. */
const maxItems = 2 ** 20;
const maxTextLength = 2 ** 24;

/** Wraps each `{{ … }}` of the tree, so that what it prints goes through `pythonStr`. Changes the tree and returns it. */
export function withOutputs(program: Program): Program {
  wrapOutputs(program as unknown as Node);
  return program;
}

export function runTemplate(program: Program, env: Environment): string {
  return textOf(new PythonInterpreter(env).run(program));
}

const statements = new Set(['Set', 'If', 'For', 'Macro', 'CallStatement', 'FilterStatement', 'Break', 'Continue', 'Comment', 'StringLiteral']);

function wrapOutputs(node: Node): void {
  for (const field of ['body', 'alternate', 'defaultBlock']) {
    const block = node[field];
    if (!Array.isArray(block)) continue;
    node[field] = block.map((child: Node) => {
      if (statements.has(child.type)) {
        wrapOutputs(child);
        return child;
      }
      // Of the class of its expression, so that the library's walks over the tree still see a node.
      return Object.assign(Object.create(Object.getPrototypeOf(child) as object) as Node, { type: 'Output', expression: child });
    });
  }
}

/** `break` and `continue`, with what the turn of the loop had printed until then. */
class LoopControl extends Error {
  constructor(readonly kind: 'Break' | 'Continue', public printed = '') {
    super(`${kind.toLowerCase()} outside of a loop`);
  }
}

class PythonInterpreter extends Interpreter {
  override evaluate(statement: Statement, env: Environment): Value {
    const value = this.#evaluate(statement, env);
    if (isString(value) ? textOf(value).length > maxTextLength : isList(value) && itemsOf(value).length > maxItems) raise(`${kindName(value)} grew too long`);
    return value;
  }

  #evaluate(statement: Statement, env: Environment): Value {
    const node = statement as unknown as Node | undefined;
    switch (node?.type) {
      case 'Value':
        return node.value as Value;
      case 'Output':
        return toValue(pythonStr(this.#run(node.expression, env)));
      case 'Program':
        return toValue(this.#block(node.body, env));
      case 'If':
        return toValue(this.#block(this.#run(node.test, env).__bool__().value ? node.body : node.alternate, env));
      case 'For':
        return toValue(this.#loop(node, env));
      case 'Break':
      case 'Continue':
        throw new LoopControl(node.type);
      case 'BinaryExpression':
        return this.#binary(node, env);
      case 'MemberExpression':
        return this.#member(node, env);
      case 'FilterExpression':
        return this.#filter(node, env);
      case 'TestExpression':
        return this.#test(node, env);
      default:
        return super.evaluate(statement, env);
    }
  }

  #run(node: unknown, env: Environment): Value {
    return this.evaluate(node as Statement, env);
  }

  /** Evaluates with the library a node whose operand is already known. */
  #library(node: Node, fields: Record<string, Value>, env: Environment): Value {
    const known = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { type: 'Value', value }]));
    return super.evaluate({ ...node, ...known } as unknown as Statement, env);
  }

  #block(block: unknown, env: Environment): string {
    let printed = '';
    for (const node of block as Node[]) {
      try {
        const value = this.#run(node, env);
        if (!isNone(value) && !isUndefined(value)) printed += textOf(value);
      } catch (error) {
        if (error instanceof LoopControl) error.printed = printed + error.printed;
        throw error;
      }
    }
    return printed;
  }

  #loop(node: Node, env: Environment): string {
    const select = (node.iterable as Node).type === 'SelectExpression' ? (node.iterable as Node) : undefined;
    const iterable = this.#run(select ? select.lhs : node.iterable, env);
    let items = iterate(iterable) ?? raise(`cannot loop over ${kindName(iterable)}`);
    // Each turn has its own names, as in Jinja: a `set` does not reach the next turn.
    const bind = (item: Value) => {
      const scope = new Environment(env);
      const names = node.loopvar as Node;
      if (names.type === 'Identifier') scope.setVariable(names.value as string, item);
      else {
        const parts = iterate(item) ?? raise(`cannot unpack ${kindName(item)}`);
        const wanted = names.value as Node[];
        if (parts.length !== wanted.length) raise(`cannot unpack ${parts.length} values into ${wanted.length} names`);
        wanted.forEach((name, i) => scope.setVariable(name.value as string, parts[i]!));
      }
      return scope;
    };
    if (select) items = items.filter((item) => this.#run(select.test, bind(item)).__bool__().value);
    if (items.length === 0) return this.#block(node.defaultBlock, env);
    let printed = '';
    for (const [i, item] of items.entries()) {
      const scope = bind(item);
      const loop = toValue({ index: i + 1, index0: i, revindex: items.length - i, revindex0: items.length - i - 1, first: i === 0, last: i === items.length - 1, length: items.length });
      if (i > 0) entriesOf(loop).set('previtem', items[i - 1]!);
      if (i + 1 < items.length) entriesOf(loop).set('nextitem', items[i + 1]!);
      entriesOf(loop).set('cycle', functionValue((args) => args[i % args.length]!));
      scope.setVariable('loop', loop);
      try {
        printed += this.#block(node.body, scope);
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error;
        printed += error.printed;
        if (error.kind === 'Break') break;
      }
    }
    return printed;
  }

  #binary(node: Node, env: Environment): Value {
    const operator = (node.operator as { value: string }).value;
    const left = this.#run(node.left, env);
    if (operator === 'and') return left.__bool__().value ? this.#run(node.right, env) : left;
    if (operator === 'or') return left.__bool__().value ? left : this.#run(node.right, env);
    const right = this.#run(node.right, env);
    switch (operator) {
      case '==':
        return toValue(pythonEquals(left, right));
      case '!=':
        return toValue(!pythonEquals(left, right));
      case 'in':
        return toValue(pythonIn(left, right));
      case 'not in':
        return toValue(!pythonIn(left, right));
      case '~':
        return toValue(pythonStr(left) + pythonStr(right));
      case '+':
        if (isString(left) !== isString(right)) raise(`cannot add ${kindName(right)} to ${kindName(left)}`);
        break;
      case '%':
        if (isString(left)) return toValue(formatPercent(textOf(left), right));
        if (left.type === 'IntegerValue' && right.type === 'IntegerValue') return toValue(((Number(left.value) % Number(right.value)) + Number(right.value)) % Number(right.value));
        break;
      case '*':
        if (isString(left) && right.type === 'IntegerValue') return toValue(textOf(left).repeat(Math.min(maxTextLength + 1, Math.max(0, Number(right.value)))));
        break;
      case '<':
      case '>':
      case '<=':
      case '>=':
        if (isString(left) && isString(right)) return toValue(compare(textOf(left), textOf(right), operator));
        break;
    }
    return this.#library(node, { left, right }, env);
  }

  #member(node: Node, env: Environment): Value {
    const object = this.#run(node.object, env);
    const property = node.property as Node;
    if (isUndefined(object)) raise(`${describe(node.object as Node)} is undefined`);
    if (node.computed) {
      if (property.type !== 'SliceExpression') {
        const key = this.#run(property, env);
        if (isString(object) && key.type === 'IntegerValue') return toValue(Array.from(textOf(object)).at(Number(key.value)));
        if (isDict(object) && !isString(key)) return toValue(undefined);
        return this.#library(node, { object, property: key }, env);
      }
    } else if (property.type === 'Identifier') {
      const name = property.value as string;
      const method = isString(object) ? stringMethod(textOf(object), name, maxTextLength) : undefined;
      if (method) return method;
      // As attributes, Python's methods win over keys of the same name; in brackets the key wins.
      const dictMethod = isDict(object) && ['items', 'keys', 'values', 'get'].includes(name) ? object.builtins.get(name) : undefined;
      if (dictMethod) return dictMethod;
    }
    return this.#library(node, { object }, env);
  }

  #filter(node: Node, env: Environment): Value {
    const operand = this.#run(node.operand, env);
    const filter = node.filter as Node;
    const call = filter.type === 'CallExpression';
    const name = (call ? (filter.callee as Node).value : filter.value) as string;
    const args = call ? (filter.args as Node[]) : [];
    const positional = () => args.filter((arg) => arg.type !== 'KeywordArgumentExpression').map((arg) => this.#run(arg, env));
    const keyword = (key: string) => {
      const arg = args.find((a) => a.type === 'KeywordArgumentExpression' && (a.key as Node).value === key);
      return arg && this.#run(arg.value, env);
    };
    const given = (index: number, key: string) => positional()[index] ?? keyword(key);
    switch (name) {
      case 'trim': {
        const chars = given(0, 'chars');
        return toValue(pythonStrip(pythonStr(operand), chars ? textOf(chars) : null));
      }
      case 'string':
      case 'safe':
        return toValue(pythonStr(operand));
      case 'upper':
        return toValue(pythonStr(operand).toUpperCase());
      case 'lower':
        return toValue(pythonStr(operand).toLowerCase());
      case 'capitalize':
        return toValue(capitalize(pythonStr(operand)));
      case 'length':
      case 'count':
        if (isDict(operand)) return toValue(entriesOf(operand).size);
        return toValue((iterate(operand) ?? raise(`${kindName(operand)} has no length`)).length);
      case 'list':
        return listValue(iterate(operand) ?? raise(`${kindName(operand)} is no list`));
      case 'first':
      case 'last':
        return (iterate(operand) ?? raise(`${kindName(operand)} is no list`)).at(name === 'first' ? 0 : -1) ?? toValue(undefined);
      case 'items':
        return listValue(isUndefined(operand) ? [] : isDict(operand) ? [...entriesOf(operand)].map(([key, value]) => listValue([toValue(key), value])) : raise(`${kindName(operand)} has no items`));
      case 'replace': {
        const [from, to, count] = [given(0, 's'), given(1, 'new'), given(2, 'count')];
        return toValue(pythonReplace(pythonStr(operand), pythonStr(from!), pythonStr(to!), count === undefined || isNone(count) ? -1 : Number(count.value), maxTextLength));
      }
      case 'join': {
        const separator = given(0, 'd');
        const attribute = given(1, 'attribute');
        const items = iterate(operand) ?? raise(`${kindName(operand)} cannot be joined`);
        return toValue(items.map((item) => pythonStr(attribute ? attributeOf(item, textOf(attribute)) : item)).join(separator ? textOf(separator) : ''));
      }
      case 'tojson':
        return toValue(pythonJson(operand, jsonOptions(positional(), keyword)));
      case 'map':
        if (keyword('attribute')) break;
        return listValue((iterate(operand) ?? []).map((item) => this.#filter({ type: 'FilterExpression', operand: { type: 'Value', value: item }, filter: mapped(args) }, env)));
      case 'select':
      case 'reject':
      case 'selectattr':
      case 'rejectattr':
        return this.#select(name, operand, positional(), env);
    }
    return this.#library(node, { operand }, env);
  }

  #select(name: string, operand: Value, args: Value[], env: Environment): Value {
    const byAttribute = name.endsWith('attr');
    const [test, wanted] = byAttribute ? args.slice(1) : args;
    const keep = (item: Value) => {
      const value = byAttribute ? attributeOf(item, textOf(args[0]!)) : item;
      if (!test) return value.__bool__().value;
      const testName = textOf(test);
      if (['equalto', 'eq', '==', 'sameas'].includes(testName)) return pythonEquals(value, wanted!);
      if (['ne', '!='].includes(testName)) return !pythonEquals(value, wanted!);
      if (testName === 'in') return pythonIn(value, wanted!);
      return this.#test({ type: 'TestExpression', operand: { type: 'Value', value }, negate: false, test: { type: 'Identifier', value: testName } }, env).value as boolean;
    };
    return listValue((iterate(operand) ?? raise(`cannot select from ${kindName(operand)}`)).filter((item) => keep(item) === name.startsWith('select')));
  }

  #test(node: Node, env: Environment): Value {
    const operand = this.#run(node.operand, env);
    const answer = (yes: boolean) => toValue(yes !== node.negate);
    switch ((node.test as Node).value as string) {
      case 'iterable':
        return answer(iterate(operand) !== undefined);
      case 'sequence':
        return answer(isList(operand) || isDict(operand) || isString(operand));
      case 'mapping':
        return answer(isDict(operand));
      case 'number':
        return answer(isNumber(operand));
      case 'float':
        return answer(operand.type === 'FloatValue');
    }
    return this.#library(node, { operand }, env);
  }
}

/** The filter that `map('name', …)` applies. */
function mapped(args: Node[]): Node {
  const [name, ...rest] = args;
  if (name?.type !== 'StringLiteral') raise('map needs the name of a filter or attribute=…');
  return { type: 'CallExpression', callee: { type: 'Identifier', value: name!.value }, args: rest };
}

function attributeOf(item: Value, path: string): Value {
  let value = item;
  for (const part of path.split('.')) {
    if (isDict(value)) value = entriesOf(value).get(part) ?? toValue(undefined);
    else if (isList(value) && /^\d+$/.test(part)) value = itemsOf(value)[Number(part)] ?? toValue(undefined);
    else return toValue(undefined);
  }
  return value;
}

function jsonOptions(positional: Value[], keyword: (key: string) => Value | undefined): JsonOptions {
  const indent = keyword('indent') ?? positional[1];
  const separators = keyword('separators') ?? positional[2];
  return {
    ensureAscii: (keyword('ensure_ascii') ?? positional[0])?.__bool__().value ?? false,
    indent: indent === undefined || isNone(indent) ? null : (indent.value as number | string),
    separators: separators === undefined || isNone(separators) ? null : (itemsOf(separators).map(textOf) as [string, string]),
    sortKeys: (keyword('sort_keys') ?? positional[3])?.__bool__().value ?? false,
  };
}

function describe(node: Node): string {
  if (node.type === 'Identifier') return `"${node.value as string}"`;
  if (node.type === 'MemberExpression' && ['Identifier', 'StringLiteral'].includes((node.property as Node).type)) return `"${(node.property as Node).value as string}"`;
  return 'a value';
}

function compare(a: string, b: string, operator: '<' | '>' | '<=' | '>='): boolean {
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
}

/** `'%s of %d' % (a, b)`: the two conversions that templates use. */
function formatPercent(format: string, right: Value): string {
  const values = right.type === 'TupleValue' ? [...itemsOf(right)] : [right];
  return format.replace(/%([sd%])/g, (_, kind: string) => (kind === '%' ? '%' : pythonStr(values.shift() ?? raise('not enough values for the format'))));
}
