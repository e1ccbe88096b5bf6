/** A pair as it is shown while nobody shall know which answer the file prefers: A and B in the drawn order, and nothing that names a side. No DOM. */

import type { Side } from '../../src/dataset/annotations/rowIdentity.ts';
import type { RowDetail, RowItem } from '../../src/protocol/datasetView.ts';
import type { RowLayout, Section } from './rowLayout.ts';

/** `first`: the side that is A. Rows that are no pairs are as they were. */
export function blindLayout(layout: RowLayout, first: Side | undefined): RowLayout {
  const sides = layout.sections.filter(({ side }) => side !== undefined);
  if (first === undefined || sides.length !== 2) return layout;
  const ordered = [...sides].sort((a) => (a.side === first ? -1 : 1));
  let next = 0;
  const named = (section: Section, label: string): Section => ({ ...section, label, blind: true, units: section.units.map((unit) => (unit.turn ? unit : { ...unit, label })) });
  return { ...layout, sections: layout.sections.map((section) => (section.side === undefined ? section : named(ordered[next]!, 'AB'[next++]!))) };
}

/** Problems that name a side, or the number of one, are told once the row is judged openly. */
export function blindDetail(detail: RowDetail, sideKeys: readonly string[]): RowDetail {
  const tells = [...sideKeys, 'chosen', 'rejected', 'preferred'];
  return { ...detail, problems: detail.problems.filter(({ message }) => !tells.some((word) => message.toLowerCase().includes(word))) };
}

/** How much longer the chosen answer is, and the texts of both, tell which one it is. */
export function blindItem({ delta: _delta, ...item }: RowItem): RowItem {
  return { ...item, severity: undefined, problems: 0 };
}
