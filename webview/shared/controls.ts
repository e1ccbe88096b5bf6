/**
 * Buttons, tabs, text areas and check boxes, in VS Code's look. The only file that imports the control library, so that it can be replaced.
 * Its badge and its progress ring are not used: they have style attributes in their templates, which the content policy refuses.
 */

import {
  provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodePanels, vsCodePanelTab, vsCodePanelView, vsCodeTextArea,
  type Button, type Checkbox, type Panels, type TextArea,
} from '@vscode/webview-ui-toolkit';
import { h } from './dom.ts';
import { icon, type IconName } from './icons.ts';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodePanels(), vsCodePanelTab(), vsCodePanelView(), vsCodeTextArea());

export interface ButtonOptions {
  label: string;
  icon?: IconName;
  /** `primary` for the one thing to do next; `icon` shows the icon alone and keeps the label for tooltip and screen reader. */
  look?: 'primary' | 'secondary' | 'icon';
  title?: string;
  onClick(): void;
}

export interface ButtonControl {
  readonly element: HTMLElement;
  setLabel(label: string): void;
  /** The reason is shown as the tooltip. */
  setDisabled(reason: string | undefined): void;
  setLook(look: 'primary' | 'secondary'): void;
  /** For a button that is a switch. */
  setPressed(pressed: boolean): void;
}

export function button(options: ButtonOptions): ButtonControl {
  const element = document.createElement('vscode-button') as Button;
  const look = options.look ?? 'secondary';
  element.setAttribute('appearance', look);
  let title = options.title;
  const label = document.createTextNode(options.label);
  if (look === 'icon') {
    element.setAttribute('aria-label', options.label);
    title ??= options.label;
    element.append(icon(options.icon ?? 'more'));
  } else {
    if (options.icon) {
      const start = icon(options.icon);
      start.setAttribute('slot', 'start');
      element.append(start);
    }
    element.append(label);
  }
  if (title) element.title = title;
  element.addEventListener('click', () => {
    if (!element.disabled) options.onClick();
  });
  return {
    element,
    setLabel(text) {
      if (look === 'icon') element.setAttribute('aria-label', text);
      else if (label.data !== text) label.data = text;
    },
    setDisabled(reason) {
      element.disabled = reason !== undefined;
      element.title = reason ?? title ?? '';
    },
    setLook: (next) => element.setAttribute('appearance', next),
    setPressed: (pressed) => (element.ariaPressed = String(pressed)),
  };
}

export interface Tab {
  id: string;
  label: string;
  panel: HTMLElement;
}

export interface TabsControl {
  readonly element: HTMLElement;
  select(id: string): void;
  /** A count beside the label; undefined takes it away. */
  setBadge(id: string, count: number | undefined, meaning: string): void;
}

/** Tabs with arrow keys, as the library does them. */
export function tabs(label: string, items: readonly Tab[], onSelect: (id: string) => void): TabsControl {
  const element = document.createElement('vscode-panels') as Panels;
  element.setAttribute('aria-label', label);
  const heads = new Map<string, HTMLElement>();
  for (const item of items) {
    const head = document.createElement('vscode-panel-tab');
    head.id = `tab-${item.id}`;
    head.append(item.label);
    heads.set(item.id, head);
    element.append(head);
  }
  for (const item of items) {
    const view = document.createElement('vscode-panel-view');
    view.id = `view-${item.id}`;
    view.append(item.panel);
    element.append(view);
  }
  element.addEventListener('change', () => onSelect(String(element.activeid).replace(/^tab-/, '')));
  return {
    element,
    select: (id) => (element.activeid = `tab-${id}`),
    setBadge(id, count, meaning) {
      const head = heads.get(id);
      const badge = head?.querySelector('.badge');
      if (count === undefined) return badge?.remove();
      if (!head || badge?.textContent === String(count)) return;
      badge?.remove();
      head.append(h('span', { class: 'badge', title: meaning }, count));
      head.setAttribute('aria-label', `${items.find((item) => item.id === id)?.label ?? ''}, ${meaning}`);
    },
  };
}

export interface TextAreaOptions {
  label: string;
  placeholder?: string;
  rows?: number;
  onInput?(value: string): void;
  /** Ctrl+Enter or Cmd+Enter. */
  onSubmit?(): void;
}

export interface TextAreaControl {
  readonly element: HTMLElement;
  value: string;
  focus(): void;
}

export function textArea(options: TextAreaOptions): TextAreaControl {
  const element = document.createElement('vscode-text-area') as TextArea;
  element.append(options.label); // the library takes its accessible name from here
  element.placeholder = options.placeholder ?? '';
  element.rows = options.rows ?? 3;
  element.setAttribute('resize', 'vertical');
  element.addEventListener('input', () => options.onInput?.(element.value));
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      options.onSubmit?.();
    }
  });
  return {
    element,
    get value() {
      return element.value;
    },
    set value(text) {
      element.value = text;
    },
    focus: () => element.focus(),
  };
}

export interface CheckboxControl {
  readonly element: HTMLElement;
  checked: boolean;
}

export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): CheckboxControl {
  const element = document.createElement('vscode-checkbox') as Checkbox;
  element.append(label);
  element.checked = checked;
  element.addEventListener('change', () => onChange(element.checked));
  return {
    element,
    get checked() {
      return element.checked;
    },
    set checked(value) {
      element.checked = value;
    },
  };
}

/** Something is under way and nobody knows how long it takes. The words beside it say what. */
export function progressRing(): HTMLElement {
  return h('span', { class: 'pt-ring', 'aria-hidden': 'true' }, icon('loading', 'small'));
}
