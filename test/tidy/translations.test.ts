/** What the dataset editor says, in every language that ships. */

import { describe, test } from 'node:test';
import { assertAccepts, assertFinds, assertHolds } from './repository.ts';
import { translationRule } from './rules/translations.ts';

const page = { 'webview/dataset/page.ts': "say(t('Row {0}', row));\nsay(l10n.t(\"It's here\"));\n" };
const bundle = (texts: object) => ({ 'l10n/bundle.l10n.xx.json': JSON.stringify(texts) });

describe('translations', () => {
  test('are whole in the repository', () => assertHolds(translationRule));

  test('fail for a text without one, for one without its text, and for other places', () => {
    assertAccepts(translationRule, { ...page, ...bundle({ 'Row {0}': '{0} row', "It's here": 'x' }) });
    assertFinds(translationRule, { ...page, ...bundle({ 'Row {0}': 'row', Gone: 'y' }) }, /no translation of "It's here"/, /nothing says "Gone"/, /"Row \{0\}" fills in other things/);
    assertFinds(translationRule, { 'src/protocol/datasetKeys.ts': "  nextRow: { group: 'move', title: 'Next row' },", ...bundle({}) }, /"Next row"/);
  });

  test('fail for a command of the dataset editor without one', () => {
    const nls = { 'package.nls.json': '{"posttrain.dataset.addTurn.title": "Add Turn", "posttrain.run.stop.title": "Stop"}' };
    assertFinds(translationRule, { ...nls, 'package.nls.xx.json': '{"posttrain.gone": "x"}' }, /no posttrain\.dataset\.addTurn\.title/, /posttrain\.gone/);
  });
});
