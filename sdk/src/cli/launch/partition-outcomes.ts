import type { Json } from "../../host/host.ts";
import type { MetadataValue } from "../../host/pipes/metadata-value.ts";
import type { PartitionMessage } from "../../host/pipes/partition-messages.ts";
import type { PipesException, PipesMessage } from "../../host/pipes/protocol.ts";

/** How one partition (or an operator without partitions) came out. */
export interface PartitionOutcome {
  /** Null of an operator without partitions. */
  readonly partition: string | null;
  readonly status: "done" | "failed";
  /** Plain values by name: counts, seconds, start … */
  readonly facts: Readonly<Record<string, Json>>;
  readonly error: PipesException | null;
  readonly checks: readonly CheckOutcome[];
}

export interface CheckOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly severity: "WARN" | "ERROR";
}

/** Puts together what a process says of its partitions. */
export class PartitionOutcomes {
  readonly outcomes: PartitionOutcome[] = [];
  readonly #onOutcome: (outcome: PartitionOutcome) => void;
  readonly #asked: readonly string[] | null;
  readonly #checks = new Map<string | null, CheckOutcome[]>();

  constructor(asked: readonly string[] | null, onOutcome: (outcome: PartitionOutcome) => void = () => {}) {
    this.#asked = asked;
    this.#onOutcome = onOutcome;
  }

  hear(message: PipesMessage): void {
    const single = this.#asked === null ? null : this.#asked.length === 1 ? this.#asked[0]! : undefined;
    if (message.method === "report_asset_materialization" && single !== undefined) {
      this.#end({ partition: single, status: "done", facts: facts(message.params.metadata), error: null });
    } else if (message.method === "report_asset_check" && single !== undefined) {
      const { check_name: name, passed, severity } = message.params;
      this.#check(single, { name, passed, severity });
    } else if (message.method === "report_custom_message") {
      this.#hearPartition(message.params.payload as unknown as PartitionMessage);
    }
  }

  /** What was asked for and has not come out ended with the process. */
  end(error: PipesException | null): void {
    const failed = (partition: string | null) => {
      if (error !== null && !this.outcomes.some((outcome) => outcome.partition === partition))
        this.#end({ partition, status: "failed", facts: {}, error });
    };
    for (const partition of this.#asked ?? [null]) failed(partition);
  }

  #hearPartition(payload: PartitionMessage | null): void {
    switch (payload?.type) {
      case "partition_completed":
        this.#end({ partition: payload.partition, status: "done", facts: facts(payload.metadata), error: null });
        break;
      case "partition_failed":
        this.#end({ partition: payload.partition, status: "failed", facts: {}, error: payload.error });
        break;
      case "check_evaluated": {
        const { partition, check_name: name, passed, severity } = payload;
        this.#check(partition, { name, passed, severity });
        break;
      }
      default: // something of the operator's own
    }
  }

  #check(partition: string | null, check: CheckOutcome): void {
    const checks = this.#checks.get(partition) ?? [];
    checks.push(check);
    this.#checks.set(partition, checks);
  }

  #end(outcome: Omit<PartitionOutcome, "checks">): void {
    // Checks are reported behind it: the list is the one that they are added to.
    const checks = this.#checks.get(outcome.partition) ?? [];
    this.#checks.set(outcome.partition, checks);
    const ended = { ...outcome, checks };
    this.outcomes.push(ended);
    this.#onOutcome(ended);
  }
}

function facts(metadata: Readonly<Record<string, MetadataValue>> | null): Record<string, Json> {
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([name, { raw_value: raw }]) => [name, raw as Json]));
}
