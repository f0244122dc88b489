import { connectionFaults } from "./connection-faults.ts";
import type { Fault } from "./fault.ts";
import { processFaults } from "./process-faults.ts";
import { rivalFaults } from "./rival-faults.ts";
import { schedulerFaults } from "./scheduler-faults.ts";
import { serverFaults } from "./server-faults.ts";

/** All that can befall a load. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...connectionFaults,
  ...serverFaults,
  ...rivalFaults,
  ...schedulerFaults,
];

/** Raises Error for a name that none has. */
export function faultNamed(name: string): Fault {
  const found = faults.find((fault) => fault.name === name);
  if (found === undefined)
    throw new Error(`there is no fault "${name}": ${faults.map((fault) => fault.name).join(", ")}`);
  return found;
}
