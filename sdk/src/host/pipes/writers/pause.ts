const cell = new Int32Array(new SharedArrayBuffer(4));

/** Stops the whole thread for a moment. */
export function pauseMs(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}
