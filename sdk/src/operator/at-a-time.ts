/** Does some work for each item, so many at a time, begun in order. Raises what the first that failed has raised, once all have ended. */
export async function atATime<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  let stopped = false;
  const worker = async () => {
    for (const item of waiting) {
      if (stopped) return;
      try {
        await work(item);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(parallel, items.length) }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
