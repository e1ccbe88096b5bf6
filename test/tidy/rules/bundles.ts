/** The rules for one bundle: its size, whose code must not be in it, and that it loads nothing native. */

import { builtinModules } from 'node:module';

export interface Bundle {
  out: string;
  budget: number;
  never: readonly string[];
}

export function bundleRule(bundle: Bundle, sizeBytes: number, inputs: readonly string[]): string[] {
  const foreign = inputs.find((input) => bundle.never.some((name) => input.includes(`node_modules/${name}`)));
  return [
    ...(sizeBytes > bundle.budget ? [`dist/${bundle.out} has ${sizeBytes} bytes; its budget is ${bundle.budget}. "node src/build/bundle.mjs --why ${bundle.out}" says what came in.`] : []),
    ...(foreign ? [`dist/${bundle.out} holds ${foreign}, which must never be loaded there.`] : []),
  ];
}

/** Of a program that runs in VS Code's own Node, where a native library that crashes takes the window with it: it loads nothing but what Node and VS Code bring. */
export function nativeRule(out: string, text: string): string[] {
  const required = [...text.matchAll(/\b(?:require|import)\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map(([, name]) => name!);
  const foreign = required.filter((name) => name !== 'vscode' && !builtinModules.includes(name.replace(/^node:/, '')) && !name.startsWith('node:'));
  const loaders = [...text.matchAll(/\bcreateRequire\b|\bdlopen\b|[\w./-]*\.node(?=["'`])/g)].map(([word]) => word);
  return [...new Set([...foreign, ...loaders])].map((what) => `dist/${out} may load ${what}: native code belongs into dist/trainer.js, which runs in a process of its own.`);
}
