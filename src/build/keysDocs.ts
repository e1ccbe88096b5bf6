/** `media/docs/dataset-keys.md`: the keys of the dataset editor, from the table that they are made from. */

import { datasetActions, datasetKeys, type ActionGroup } from '../protocol/datasetKeys.ts';

const groups: readonly (readonly [ActionGroup, string])[] = [['move', 'Move'], ['edit', 'Edit'], ['turns', 'Turns of a conversation'], ['answers', 'Answers'], ['view', 'View']];

export function keysMarkdown(): string {
  const tables = groups.map(([group, title]) => {
    const rows = datasetActions.filter((action) => datasetKeys[action].group === group).map((action) => {
      const { title: what, plain, chord, macChord } = datasetKeys[action];
      return `| ${what} | ${code(plain)} | ${code(chord)}${macChord === undefined ? '' : ` (${code(macChord)} on a Mac)`} | ${action === 'undo' ? '' : `\`posttrain.dataset.${action}\``} |`;
    });
    return `## ${title}\n\n| what | key | chord | command |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `# Keys of the dataset editor\n\nSingle keys count while no text has the cursor and no input method composes; chords count in texts too. Chords are VS Code keybindings of the commands named here: change them in VS Code's Keyboard Shortcuts. In the editor, \`?\` shows this list.\n\n${tables.join('\n')}`;
}

function code(key: string | undefined): string {
  return key === undefined ? '' : `\`${key.length === 1 ? key.toUpperCase() : key}\``;
}
