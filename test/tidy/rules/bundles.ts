/** The rule for one bundle: its size, and whose code must not be in it. */

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
