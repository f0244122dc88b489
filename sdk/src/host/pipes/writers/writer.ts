import type { PipesMessage } from "../protocol.ts";

/** Where messages go. */
export interface PipesWriter {
  /** Takes one message: its line without newline, already checked and short enough, and what the line says. */
  write(line: string, message: PipesMessage): void;
  /** Resolves when everything written has left the process. */
  flush(): Promise<void>;
  /** Flushes and lets go of the destination. */
  close(): Promise<void>;
  /** As `close`, at the exit of the process, where nothing can be waited for: what can still be sent at once, is. */
  closeNow(): void;
}
