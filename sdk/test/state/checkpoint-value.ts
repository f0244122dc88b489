/** The checkpoint that all processes of the tests set. */
export const KEY = { operator: "orders", partition: "2024-01-01" } as const;

/** Large enough for a process to be killed in the middle of it; what is in it follows from the number. */
export function checkpointValue(writer: string, number: number) {
  return { writer, number, filler: String(number).repeat(50_000) };
}
