/** What the module exports. */

export { run, serve, stop } from "./pool";
export { scratchBytes as attentionScratch } from "./attention";
export { leftBytes, rightBytes } from "./gemm";
