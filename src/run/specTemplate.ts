/** The text of a new run spec, with a comment on each line, for "new run" in the editor and for the docs. */

import { paramsOf, type MethodId } from '../methods/index.ts';

export interface TemplateValues {
  model_name_or_path?: string;
  dataset?: string;
  eval_dataset?: string;
  output_dir?: string;
  /** Other keys to write, by TRL's names. */
  [key: string]: unknown;
}

/** Keys that a person will want to see and change first; the rest has defaults that the editor completes. */
const shown = ['learning_rate', 'per_device_train_batch_size', 'num_train_epochs', 'max_length', 'logging_steps', 'save_steps', 'use_peft', 'seed'];

/** A complete spec in YAML that validates as it stands, apart from files that the caller did not name. */
export function specTemplate(method: MethodId, values: TemplateValues = {}): string {
  const params = new Map(paramsOf(method).map((p) => [p.name, p]));
  const given: Record<string, unknown> = {
    model_name_or_path: 'models/base',
    dataset: 'data/train.jsonl',
    output_dir: `runs/${method}`,
    ...values,
    ...(values.eval_dataset !== undefined && values.eval_strategy === undefined ? { eval_strategy: 'epoch' } : {}),
  };
  const keys = [...new Set(['model_name_or_path', 'dataset', 'eval_dataset', 'output_dir', ...shown, ...params.keys()])].filter((key) => params.has(key) && (given[key] !== undefined || shown.includes(key)));
  const lines = keys.map((key) => {
    const param = params.get(key)!;
    const line = `${key}: ${yamlValue(given[key] ?? param.default)}`;
    return { line, comment: param.description };
  });
  const width = Math.min(48, Math.max(...lines.map(({ line }) => line.length)));
  return [`method: ${method}`, ...lines.map(({ line, comment }) => `${line.padEnd(width)}  # ${comment}`), ''].join('\n');
}

/** A value in YAML's flow style, which for these simple values is JSON with fewer quotes. */
export function yamlValue(value: unknown): string {
  if (typeof value === 'number') return yamlNumber(value);
  if (typeof value === 'string') return isPlainText(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([key, item]) => `${key}: ${yamlValue(item)}`).join(', ')}}`;
  return String(value);
}

/** `2.0e-5` rather than `0.00002`; with a point, because YAML 1.1 (and so TRL) takes `2e-5` for text. */
function yamlNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-3) return String(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}

function isPlainText(text: string): boolean {
  return /^[\p{L}/._~][\p{L}\p{N}/._~ @+-]*$/u.test(text) && !/^(?:true|false|null|yes|no|on|off|~|\.(?:nan|inf))$/i.test(text) && text.trim() === text && !/^[.]?\d/.test(text);
}
