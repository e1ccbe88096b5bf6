/** Where native libraries can be set up: the kinds of machine that they are built for, and the C library of Linux that they need. */

export interface Obstacle {
  /** Without a full stop. */
  reason: string;
  /** What else there is, as a sentence. */
  next: string;
}

const libraries: Readonly<Record<string, { name: string; platforms: readonly string[]; next: string }>> = {
  tensorflow: { name: 'TensorFlow library', platforms: ['linux-x64', 'linux-arm64', 'darwin-arm64'], next: 'Take the webgpu backend (`posttrain setup webgpu`), or wasm, which needs nothing.' },
  webgpu: { name: 'Dawn', platforms: ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'], next: 'Take the wasm backend, which needs nothing.' },
};

/** Why a backend cannot be set up on `platform-architecture`; undefined where it can. */
export function noLibraryFor(backend: string, platform: string): Obstacle | undefined {
  const library = libraries[backend];
  return !library || library.platforms.includes(platform) ? undefined : { reason: `there is no ${library.name} for ${platform}`, next: library.next };
}

/** The libraries are built for GNU's C library. `version`: of the one here; undefined where Linux has another. */
export function unfitGlibc(version: string | undefined): Obstacle | undefined {
  const next = 'Take the wasm backend, which needs nothing.';
  if (!version) return { reason: 'it needs a Linux with GNU’s C library; this one has another (Alpine’s musl?)', next };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 27) ? undefined : { reason: `it needs glibc 2.27 or newer; this Linux has ${version}`, next };
}

/** Of the machine that this runs on. Takes some milliseconds on Linux. */
export function cannotBeSetUpHere(backend: string): Obstacle | undefined {
  const obstacle = noLibraryFor(backend, `${process.platform}-${process.arch}`);
  return obstacle || !libraries[backend] || process.platform !== 'linux' ? obstacle : unfitGlibc(glibcVersion());
}

function glibcVersion(): string | undefined {
  // Else it looks up the names of the network's interfaces.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  return (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;
}
