import { expect } from "vitest";
import type { DagsterError, DagsterEvent, StepAnswer } from "../driver.ts";

/** What the process logged, with its level's number. */
export function logged(answer: StepAnswer): readonly (readonly [number, string])[] {
  return answer.events
    .filter(({ type, message }) => type === "LOG" && !message.startsWith("[pipes]"))
    .map(({ level, message }) => [level, message]);
}

export function materialized(answer: StepAnswer): readonly DagsterEvent[] {
  return answer.events.filter(({ type }) => type === "ASSET_MATERIALIZATION");
}

/** The only materialization. */
export function materialization(answer: StepAnswer): DagsterEvent {
  const [only, ...others] = materialized(answer);
  expect(others).toEqual([]);
  if (!only) throw new Error(`No materialization, but ${JSON.stringify(answer.events, null, 2)}\n${answer.stderr}`);
  return only;
}

/** The exception with which the process closed. */
export function closedWith(answer: StepAnswer): DagsterError | undefined {
  return answer.events.find(({ message }) => message.startsWith("[pipes] external process pipes closed with exception"))
    ?.error;
}

/** Whether Dagster could not take a message. */
export function readerDied(answer: StepAnswer): boolean {
  return answer.events.some(({ message }) => message.startsWith("[pipes] framework exception"));
}

/** A run without any trouble: it succeeded, Dagster took everything, and has no warning about the process. */
export function expectClean(answer: StepAnswer): void {
  expect(
    answer.events.filter(({ message }) =>
      /^\[pipes\] (did not|framework|unexpected|external process pipes closed with)/.test(message),
    ),
  ).toEqual([]);
  expect(answer.success).toBe(true);
}
