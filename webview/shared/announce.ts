/** Says a sentence to screen readers without moving the focus. */

let region: HTMLElement | undefined;
let pending: ReturnType<typeof setTimeout> | undefined;

/** The last of several sentences within a moment is spoken; the same sentence twice is spoken twice. */
export function announce(text: string): void {
  region ??= createRegion();
  clearTimeout(pending);
  region.textContent = '';
  pending = setTimeout(() => {
    region!.textContent = text;
  }, 120);
}

function createRegion(): HTMLElement {
  const element = document.createElement('div');
  element.className = 'sr';
  element.setAttribute('role', 'status');
  element.setAttribute('aria-live', 'polite');
  document.body.append(element);
  return element;
}
