/** A field that is typed in: what is typed goes out in strokes, an input method is left in peace, and what arrives meanwhile waits. */

import { beginStroke, type Stroke } from './strokes.ts';

export interface TypingField {
  /** Shows another text, unless something is being typed here. */
  show(text: string): void;
  /** Gives up the focus; what was typed goes out. */
  leave(): void;
  flush(): Promise<void>;
  owns(stroke: string | undefined): boolean;
}

export interface TypingOptions {
  /** The field got the focus: answers where what is typed from now on belongs. */
  begin(): (text: string, stroke: string) => Promise<void>;
  typed?(): void;
  left?(): void;
  /** What was typed is on its way: the next typing is a new step of undo. */
  sealed(): void;
  /** What gets the focus at Escape. */
  outside(): HTMLElement | null;
}

export function typingField(field: HTMLTextAreaElement, options: TypingOptions): TypingField {
  let stroke: Stroke | undefined;
  let composing = false;
  /** What was typed before the field was left may still be on its way. */
  let ending: Promise<void> = Promise.resolve();
  const typed = () => {
    options.typed?.();
    if (!composing) stroke?.type(field.value);
  };
  const endComposing = () => {
    composing = false;
    typed();
  };
  field.addEventListener('focus', () => (stroke = beginStroke(options.begin())));
  field.addEventListener('blur', () => {
    if (composing) endComposing();
    const ended = stroke;
    stroke = undefined;
    if (ended) ending = ended.end();
    void ending.then(options.sealed);
    options.left?.();
  });
  field.addEventListener('compositionstart', () => (composing = true));
  field.addEventListener('compositionend', endComposing);
  field.addEventListener('input', typed);
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      options.outside()?.focus({ preventScroll: true });
      return;
    }
    // undo and redo of typing are the field's own; VS Code would take them for the document's
    if ((event.ctrlKey || event.metaKey) && !event.altKey && ['z', 'y'].includes(event.key.toLowerCase())) event.stopPropagation();
  });
  return {
    show(text) {
      if (stroke?.pending || composing || field.value === text) return;
      const [start, end] = [field.selectionStart, field.selectionEnd];
      field.value = text;
      if (document.activeElement === field) field.setSelectionRange(Math.min(start, text.length), Math.min(end, text.length));
    },
    leave: () => field.blur(),
    flush: () => stroke?.end() ?? ending,
    owns: (id) => id !== undefined && stroke?.id === id,
  };
}

/** Where `field-sizing` is unknown. */
export function growToText(field: HTMLTextAreaElement): void {
  if (growsByItself) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
const growsByItself = CSS.supports('field-sizing', 'content');
