/** Commands: what the window can do is one, and what needs no window is in the terminal too. */

import { describe, test } from 'node:test';
import { assertAccepts, assertFinds, assertHolds } from './repository.ts';
import { commandRule, terminalRule } from './rules/commands.ts';

const shows = 'changes nothing: it shows or tells';

/** What a view asks for without a command of its own. */
const noCommand: Record<string, string> = {
  'document/open': shows,
  'document/openText': shows,
  'document/goToRow': shows,
  'rows/read': shows,
  'row/read': shows,
  'layout/write': 'how wide list and columns are',
  'keys/change': "VS Code's own command",
  'row/tokens': shows,
  'tokens/count': shows,
  'tokens/choose': 'whose tokens are shown',
  'rows/pick': shows,
  'find/run': shows,
  'find/replace': 'the buttons of the bar that the command Replace in Rows opens',
  'rows/nextProblem': shows,
  'row/annotate': 'what the commands of ViewCommand say about the row',
  'rows/nextUnlabelled': shows,
  'rows/find': shows,
  'row/setText': 'typing in a field',
  'row/setLine': 'typing in a field',
  'row/draft': 'typing in a field',
  'row/change': 'what the commands of ViewCommand do with the row',
  'row/fix': "the light bulb's fix, which VS Code offers at the same place in the Problems panel",
  'row/command': 'runs the commands of RowCommand',
  'document/undo': "VS Code's own command",
  'notice/act': "answers a question about edits that wait for it; VS Code's save and revert do the rest",
  'page/flush': 'asked of the page, not by it',
  'run/open': shows,
  'run/act': 'runs the commands of RunAction',
  'log/read': shows,
  'preferences/write': 'how charts look',
  'stats/open': shows,
  'stats/set': shows,
  'stats/chooseModel': 'whose tokens are counted',
  'stats/measure': shows,
  'stats/countAgain': shows,
  'stats/convert': 'runs the command that converts',
  'devices/open': shows,
  'devices/lookAgain': shows,
  'devices/setUp': 'runs the command of the set-up',
  'devices/copy': 'copies what the page shows',
  ask: 'its command shows the tab where the question is typed',
  openEvents: shows,
  openDataset: shows,
  manageTrust: "VS Code's own command",
};

/** What `posttrain` calls the same thing. */
const inTerminal: Record<string, string> = {
  'posttrain.run.start': 'train',
  'posttrain.run.stop': 'stop',
  'posttrain.run.pause': 'pause',
  'posttrain.run.continue': 'continue',
  'posttrain.run.resume': 'resume',
  'posttrain.run.longer': 'resume',
  'posttrain.run.branch': 'train',
  'posttrain.run.open': 'runs',
  'posttrain.runs.refresh': 'runs',
  'posttrain.run.ask': 'generate',
  'posttrain.run.merge': 'merge',
  'posttrain.devices.show': 'devices',
  'posttrain.backend.setUp': 'setup',
  'posttrain.dataset.toggleTokens': 'tokens',
  'posttrain.dataset.find': 'rows',
  'posttrain.dataset.replace': 'rows',
  'posttrain.dataset.newFile': 'rows',
  'posttrain.dataset.convert': 'convert',
  'posttrain.dataset.showStats': 'stats',
  'posttrain.dataset.showAnnotations': 'annotations',
  'posttrain.dataset.nextProblem': 'validate',
  'posttrain.dataset.previousProblem': 'validate',
};

const opens = 'opens something in the window';
const moves = 'moves within what the window shows';
const edits = 'edits the open document; a terminal has its own editors for lines of text';
const windowOnly: Record<string, string> = {
  'posttrain.openSampleProject': opens,
  'posttrain.openWalkthrough': opens,
  'posttrain.dataset.openEditor': opens,
  'posttrain.dataset.openText': opens,
  'posttrain.dataset.goToRow': opens,
  'posttrain.dataset.makeDefault': 'a setting of VS Code',
  'posttrain.dataset.insertRow': edits,
  'posttrain.dataset.duplicateRow': edits,
  'posttrain.dataset.deleteRow': edits,
  'posttrain.dataset.addTurn': edits,
  'posttrain.dataset.deleteTurn': edits,
  'posttrain.dataset.moveTurnUp': edits,
  'posttrain.dataset.moveTurnDown': edits,
  'posttrain.dataset.splitTurn': edits,
  'posttrain.dataset.changeRole': edits,
  'posttrain.dataset.swapAnswers': edits,
  'posttrain.dataset.copyAcross': edits,
  'posttrain.dataset.markGood': edits,
  'posttrain.dataset.markBad': edits,
  'posttrain.dataset.tie': edits,
  'posttrain.dataset.skipRow': edits,
  'posttrain.dataset.editLabels': edits,
  'posttrain.dataset.editNote': edits,
  'posttrain.dataset.nextUnlabelled': moves,
  'posttrain.dataset.toggleBlind': moves,
  'posttrain.dataset.editText': edits,
  'posttrain.dataset.nextRow': moves,
  'posttrain.dataset.previousRow': moves,
  'posttrain.dataset.switchPane': moves,
  'posttrain.dataset.toggleJson': moves,
  'posttrain.dataset.showKeys': moves,
  'posttrain.run.new': 'writes a first run spec for the file in front and opens it; in a terminal it is a text file like others',
  'posttrain.run.openLog': opens,
  'posttrain.run.openSpec': opens,
  'posttrain.run.reveal': opens,
  'posttrain.terminal.open': opens,
  'posttrain.log.show': opens,
  'posttrain.diagnostics.copy': 'tells about the window',
};

const commands = (...ids: string[]) => ({ 'src/host/manifest/commands.ts': ids.map((id) => `  '${id}': { title: 'T' },\n`).join('') });

describe('whatever changes data or runs in the window is a command', () => {
  test('holds in the repository', () => assertHolds(commandRule(noCommand)));
  test('fails for a request or an action of a view that no command does', () => {
    const view = { 'src/protocol/runView.ts': "export type RunAction = 'stop' | 'delete';\n  requests: {\n    'row/cut': { params: null; result: null };\n    ask: { params: null; result: null };\n" };
    assertFinds(commandRule({ ask: 'a question' }), { ...commands('posttrain.run.stop'), ...view }, /"delete" can be asked for by a view, and posttrain\.run\.delete is no command/, /"row\/cut" can be asked for/);
    assertAccepts(commandRule({ ask: 'a question', 'row/cut': 'because' }), { ...commands('posttrain.run.stop', 'posttrain.run.delete'), ...view });
    assertFinds(commandRule({ gone: 'because' }), commands(), /"gone" is excused/);
  });
});

describe('whatever needs no window is in the terminal', () => {
  test('holds in the repository', () => assertHolds(terminalRule(inTerminal, windowOnly)));
  test('fails for a command that is not, and for a word that is gone', () => {
    const cli = { 'src/main/cli/stop.ts': "export const stop: CliCommand = {\n  name: 'stop',\n" };
    assertAccepts(terminalRule({ 'posttrain.run.stop': 'stop' }, { 'posttrain.log.show': 'opens' }), { ...commands('posttrain.run.stop', 'posttrain.log.show'), ...cli });
    assertFinds(terminalRule({ 'posttrain.run.stop': 'stop' }, {}), { ...commands('posttrain.run.stop', 'posttrain.run.rename'), ...cli }, /posttrain\.run\.rename is not in the terminal/);
    assertFinds(terminalRule({ 'posttrain.run.stop': 'halt' }, {}), { ...commands('posttrain.run.stop'), ...cli }, /should be "posttrain halt"/);
    assertFinds(terminalRule({}, { 'posttrain.log.show': 'opens' }), cli, /posttrain\.log\.show is no command/);
  });
});
