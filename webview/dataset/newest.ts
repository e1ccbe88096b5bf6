/** Of several readings of the same thing the newest counts: whoever asked earlier is done when it is, and fails as it fails. No DOM. */

export function createNewest<T>(read: () => Promise<T>, show: (answer: T) => void): () => Promise<void> {
  let turn = 0;
  let newest: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    const mine = ++turn;
    const [answer] = await Promise.allSettled([read()]);
    if (mine !== turn) return newest;
    if (answer.status === 'rejected') throw answer.reason;
    show(answer.value);
  };
  return () => {
    newest = once();
    return newest;
  };
}
