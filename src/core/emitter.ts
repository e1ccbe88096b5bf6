/** Listeners of one event, where nothing of VS Code may be known. */

export interface Emitter<T> {
  /** Adds a listener; returns what removes it. */
  on(listener: (event: T) => void): () => void;
  emit(event: T): void;
}

export function createEmitter<T>(): Emitter<T> {
  const listeners = new Set<(event: T) => void>();
  return {
    on(listener) {
      const own = (event: T) => listener(event); // the same function twice is two listeners
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    emit(event) {
      for (const listener of [...listeners]) listener(event);
    },
  };
}
