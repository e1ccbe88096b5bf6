/** PyTorch's older files are pickles: reading one can run any code, so none is ever opened here, and whoever has one is told the way on. */

/** How such files are called. A `.bin` may be something else, but nothing that can be used in their place. */
export function isPickleName(path: string): boolean {
  return /\.(?:bin|pt|pth|pkl|pickle|ckpt|bin\.index\.json)$/i.test(path);
}

/** How they begin: a zip archive of torch's, or a pickle's protocol. */
export function isPickle(first: Uint8Array): boolean {
  return (first[0] === 0x50 && first[1] === 0x4b && first[2] === 3 && first[3] === 4) || (first[0] === 0x80 && first[1]! >= 2 && first[1]! <= 5);
}

/** Goes on after the file's name. */
export const pickleRefusal =
  'is a pickle, which can run any code when it is read, so it is never opened. Save it again as safetensors: save_pretrained(FOLDER) of transformers and PEFT writes them, and safetensors.torch.save_file a dictionary of tensors.';
