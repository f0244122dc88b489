const GRACE_MS = 15_000;

/** SIGINT to a detached process's whole group, as Ctrl-C would; SIGKILL for what is left after a while. */
export async function stopGroup(run: PromiseLike<unknown> & { readonly pid?: number }): Promise<void> {
  const { pid } = run;
  if (pid === undefined) return;
  const signalGroup = (name: NodeJS.Signals | 0) => {
    try {
      return process.kill(-pid, name);
    } catch {
      return false; // nobody left
    }
  };
  signalGroup("SIGINT");
  for (const deadline = Date.now() + GRACE_MS; signalGroup(0) && Date.now() < deadline;)
    await new Promise((resolve) => setTimeout(resolve, 100));
  signalGroup("SIGKILL");
  await run;
}
