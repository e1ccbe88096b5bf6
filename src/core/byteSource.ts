/** Bytes that can be read in ranges: a file, a remote file, memory. Nothing reads a dataset in any other way. */

export interface ByteSource {
  /** Length in bytes at the time the source was opened. */
  readonly sizeBytes: number;
  /** Reads exactly `[offset, offset + length)`, clipped to the size. `into`: memory of that length which the answer may be in. */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.byteLength,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(bytes.byteLength, offset + length))),
    close: () => Promise.resolve(),
  };
}

export function textSource(text: string): ByteSource {
  return bytesSource(new TextEncoder().encode(text));
}
