/** How settings name parts of a model: module paths, their ends, and regular expressions over whole paths, as PEFT reads them. */

/** `model.norm.weight` → `model.norm`. */
export function moduleOf(parameter: string): string {
  return parameter.replace(/\.weight$/, '');
}

/** Every module that holds the parameter, from the outermost to its own: `model`, `model.layers`, `model.layers.0` … */
export function modulesAround(parameter: string): string[] {
  const parts = moduleOf(parameter).split('.');
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
}

export function endsWithName(path: string, name: string): boolean {
  return path === name || path.endsWith(`.${name}`);
}

/** Python's `re.fullmatch`. Undefined for what is no regular expression here. */
export function wholePath(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern.replaceAll('(?P<', '(?<')})$`);
  } catch {
    return undefined;
  }
}
