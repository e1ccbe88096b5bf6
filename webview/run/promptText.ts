/** The question inside a prompt that went through a chat template. Pure. */

/** The prompt as the model got it has the template's marks; people want the question. The whole text is in the tooltip. */
export function visiblePrompt(prompt: string): string {
  const turns = prompt.split(/<\|im_start\|>|<\|im_end\|>|<\|start_header_id\|>|<\|end_header_id\|>|<\|eot_id\|>|<start_of_turn>|<end_of_turn>|\[INST\]|\[\/INST\]|<\|user\|>|<\|assistant\|>|<\|end\|>/);
  if (turns.length < 2) return prompt.trim();
  const texts = turns.map((turn) => turn.replace(/^\s*(system|user|assistant|model)\s*\n/, '').trim()).filter((turn) => turn && !/^(system|user|assistant|model)$/.test(turn));
  return texts.at(-1) ?? prompt.trim();
}
