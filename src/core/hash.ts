/** Fast 64-bit hashes of bytes and of texts for recognising content: not for secrets. Two MurmurHash3 lanes (Appleby 2008) with different seeds. */

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
  let a = SEED_A;
  let b = SEED_B;
  return {
    update(bytes) {
      const words = bytes.byteLength & ~3;
      for (let i = 0; i < words; i += 4) {
        const k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
        a = mixWord(a, k);
        b = mixWord(b, otherLane(k));
      }
      let tail = 0;
      for (let i = words; i < bytes.byteLength; i++) tail |= bytes[i]! << ((i - words) * 8);
      a = mixWord(mixWord(a, tail), bytes.byteLength);
      b = mixWord(mixWord(b, tail), bytes.byteLength ^ 0x27d4eb2f);
    },
    digest: () => hex(finish(a)) + hex(finish(b ^ a)),
  };
}

/** 64 bits as two words without sign: for columns of numbers, where hex digits would be too large and too slow. */
export interface Hash64 {
  readonly low: number;
  readonly high: number;
}

/** Of a text without encoding it, so it is another one than that of its bytes. Never 0 in both words, which stands for "none" in columns. */
export function hashText(text: string): Hash64 {
  let a = SEED_A;
  let b = SEED_B;
  for (let i = 0; i < text.length; i += 2) {
    // behind the end stands NaN, which counts as 0
    const k = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    a = mixWord(a, k);
    b = mixWord(b, otherLane(k));
  }
  return ended(a, b, text.length);
}

/** Of several hashes in their order. */
export function joinHashes(parts: readonly Hash64[]): Hash64 {
  let a = SEED_A;
  let b = SEED_B;
  for (const { low, high } of parts) {
    a = mixWord(mixWord(a, low), high);
    b = mixWord(mixWord(b, otherLane(low)), otherLane(high));
  }
  return ended(a, b, parts.length);
}

/** Of several hashes in any order. */
export function sumHashes(a: Hash64, b: Hash64): Hash64 {
  return { low: (a.low + b.low) >>> 0, high: (a.high + b.high) >>> 0 };
}

function ended(a: number, b: number, length: number): Hash64 {
  const high = finish(mixWord(a, length));
  return { low: finish(mixWord(b, length ^ 0x27d4eb2f) ^ a) || 1, high };
}

const SEED_A = 0x9747b28c;
const SEED_B = 0x3c6ef372;

function otherLane(word: number): number {
  return Math.imul(word, 0x85ebca6b) ^ 0x5bd1e995;
}

export function mixWord(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  h ^= Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

/** Spreads what is in a word over all of its bits. */
export function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
