const AT_ONCE_MS = 2000;

/**
 * Aborts at the first SIGINT or SIGTERM, so that whoever runs ends what it has started and goes; a later one ends the process
 * at once. What comes in the same moment is the same one: a terminal tells all processes, and each tells its own.
 * The exit code says what has ended it.
 */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const) {
    process.on(name, () => {
      if (performance.now() > first + AT_ONCE_MS) process.exit(128 + number);
      first = Math.min(first, performance.now());
      process.exitCode = 128 + number;
      controller.abort(new Error(`ended by ${name}`));
    });
  }
  return controller.signal;
}
