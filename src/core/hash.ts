/** A fast 64-bit hash of bytes for recognising content: not for secrets. Two MurmurHash3 lanes (Appleby 2008) with different seeds. */

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 16 hex digits. */
  digest(): string;
}

export function hash64(bytes: Uint8Array): string {
  const hasher = createHasher();
  hasher.update(bytes);
  return hasher.digest();
}

const SALT = Uint8Array.of(1);

/** 32 hex digits, for telling millions of texts apart. */
export function hash128(bytes: Uint8Array): string {
  const salted = createHasher();
  salted.update(SALT);
  salted.update(bytes);
  return hash64(bytes) + salted.digest();
}

/** Calls of `update` are separate parts: `ab` + `c` and `a` + `bc` differ, so that a list of blocks has one meaning. */
export function createHasher(): Hasher {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  return {
    update(bytes) {
      const words = bytes.byteLength & ~3;
      for (let i = 0; i < words; i += 4) {
        const k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
        a = mixWord(a, k);
        b = mixWord(b, Math.imul(k, 0x85ebca6b) ^ 0x5bd1e995);
      }
      let tail = 0;
      for (let i = words; i < bytes.byteLength; i++) tail |= bytes[i]! << ((i - words) * 8);
      a = mixWord(mixWord(a, tail), bytes.byteLength);
      b = mixWord(mixWord(b, tail), bytes.byteLength ^ 0x27d4eb2f);
    },
    digest: () => hex(finish(a)) + hex(finish(b ^ a)),
  };
}

function mixWord(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  h ^= Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
