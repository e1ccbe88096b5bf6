/** The variables of the environment that decide how fast libraries compute: kept with a run, so that its figures can be had again. No others are read. */

const names = [
  ...['MALLOC_ARENA_MAX', 'MALLOC_MMAP_MAX_', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TOP_PAD_', 'MALLOC_TRIM_THRESHOLD_', 'LD_PRELOAD'],
  ...['OMP_NUM_THREADS', 'KMP_BLOCKTIME', 'KMP_AFFINITY', 'UV_THREADPOOL_SIZE', 'NODE_OPTIONS'],
  ...['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'TF_ENABLE_ONEDNN_OPTS', 'TF_XLA_FLAGS', 'TF_FORCE_GPU_ALLOW_GROWTH', 'TF_GPU_ALLOCATOR'],
  ...['CUDA_VISIBLE_DEVICES', 'NVIDIA_TF32_OVERRIDE', 'VK_ICD_FILENAMES'],
];

export function computeEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
