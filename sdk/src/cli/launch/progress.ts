import type { PartitionMessage, ProgressMessage } from "../../host/pipes/partition-messages.ts";
import type { PipesMessage } from "../../host/pipes/protocol.ts";

interface UnderWay {
  readonly began: number;
  /** Records that were committed before this attempt. */
  readonly before: number;
  last: ProgressMessage;
}

/** How far an operator's process is, from what it says of each partition. */
export class Progress {
  readonly #now: () => number;
  readonly #underWay = new Map<string | null, UnderWay>();
  #idle = "starting";

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes what the message says of progress; false where it says nothing of it. */
  hear({ method, params }: PipesMessage): boolean {
    if (method === "report_asset_materialization") {
      // The only partition, or all of them.
      this.#underWay.clear();
      this.#idle = "finishing";
      return true;
    }
    const payload = method === "report_custom_message" ? (params.payload as unknown as OwnPayload | null) : null;
    switch (payload?.type) {
      case "progress": {
        const { began, before } = this.#underWay.get(payload.partition) ?? { began: this.#now(), before: payload.read };
        this.#underWay.set(payload.partition, { began, before, last: payload });
        return true;
      }
      case "partition_completed":
      case "partition_failed":
        return this.#underWay.delete(payload.partition);
      default:
        return false;
    }
  }

  /** Nothing is read or written at the moment. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** `2013-01-01 · 312,000 rows · 41 % of 84 MB · chunk 13 · 2 rejected · 210,000 rows/s`; sums where several are under way. */
  toString(): string {
    const all = [...this.#underWay.values()];
    const sum = (of: (each: UnderWay) => number) => all.reduce((total, each) => total + of(each), 0);
    const [first, ...others] = all;
    if (first === undefined) return this.#idle;
    const chunks = sum(({ last }) => last.chunks);
    const rejected = sum(({ last }) => last.rejected);
    const facts = [
      others.length > 0 ? `${all.length} partitions` : (first.last.partition ?? ""),
      `${count(sum(({ last }) => last.read))} rows`,
      read(all.map(({ last }) => last)),
      chunks > 0 ? `chunk ${chunks}` : "",
      rejected > 0 ? `${count(rejected)} rejected` : "",
      this.#rate(all),
      all.every(({ last }) => last.all_read) ? "all read, writing" : "",
    ];
    return facts.filter(Boolean).join(" · ");
  }

  #rate(all: readonly UnderWay[]): string {
    const seconds = (this.#now() - Math.min(...all.map(({ began }) => began))) / 1000;
    const rows = all.reduce((total, { before, last }) => total + last.read - before, 0);
    return seconds > 0.5 && rows > 0 ? `${count(Math.round(rows / seconds))} rows/s` : "";
  }
}

type OwnPayload = ProgressMessage | PartitionMessage | { readonly type?: undefined };

function read(messages: readonly ProgressMessage[]): string {
  const bytes = messages.reduce((total, message) => total + message.bytes, 0);
  const total = messages.reduce((sum, message) => sum + (message.bytes_total ?? Number.NaN), 0);
  if (total > 0) return `${Math.floor((100 * bytes) / total)} % of ${size(total)}`;
  return bytes > 0 ? size(bytes) : "";
}

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** `84 MB`, `1.2 GB`; decimal, as disks and networks count. */
function size(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= 999.5 && unit < UNITS.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  return `${amount < 9.95 && unit > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
