/** The walkthrough "Your first post-trained model": every step runs a command and is done when it ran. */

import type { CommandId } from './commands.ts';

export interface WalkthroughStep {
  id: string;
  title: string;
  /** Markdown with `[Button](command:…)`. */
  description: string;
  /** File in media/walkthrough, without `.md`. */
  media: string;
  done: `onCommand:${CommandId}` | `onContext:${string}` | `onView:${string}`;
}

export const WALKTHROUGH = 'firstModel';

export const walkthrough = {
  id: WALKTHROUGH,
  title: 'Your first post-trained model',
  description: 'Teach a small model to answer, and see the difference.',
  steps: [
    {
      id: 'sample',
      title: 'Open the sample project',
      description: 'A dataset, a run spec and a base model of 2 million parameters, copied to a folder of your choice. Nothing is downloaded.\n[Open Sample Project](command:posttrain.openSampleProject)',
      media: 'sample',
      done: 'onContext:posttrain.sampleProject',
    },
    {
      id: 'dataset',
      title: 'Look at the training rows',
      description: 'Each row is a question and the answer that the model should learn. Open `train.jsonl` in the dataset editor, change an answer, undo it.\n[Open in Dataset Editor](command:posttrain.dataset.openEditor)',
      media: 'dataset',
      done: 'onCommand:posttrain.dataset.openEditor',
    },
    {
      id: 'train',
      title: 'Train',
      description: 'Supervised fine-tuning (SFT) on this computer, in its own process: it goes on when you close the window.\n[Start Run](command:posttrain.run.start)',
      media: 'train',
      done: 'onContext:posttrain.startedRun',
    },
    {
      id: 'watch',
      title: 'Watch the loss fall',
      description: 'The run panel shows every metric, sample answers and the log. Drag across a chart to zoom.\n[Open Run](command:posttrain.run.open)',
      media: 'watch',
      done: 'onCommand:posttrain.run.open',
    },
    {
      id: 'ask',
      title: 'Ask before and after',
      description: 'The same question to the base model and to yours, side by side.\n[Ask Base and Tuned Model](command:posttrain.run.ask)',
      media: 'ask',
      done: 'onCommand:posttrain.run.ask',
    },
  ],
} as const satisfies { id: string; title: string; description: string; steps: readonly WalkthroughStep[] };
