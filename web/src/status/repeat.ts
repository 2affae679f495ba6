/** Look again and again, each time so long after the last look ended; gives what ends it. */
export function repeat(look: (ended: () => boolean) => Promise<void>, everyMs: number): () => void {
  let over = false;
  let timer: ReturnType<typeof setTimeout>;
  const again = async () => {
    await look(() => over);
    if (!over) timer = setTimeout(() => void again(), everyMs);
  };
  void again();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
