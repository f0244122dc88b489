import { measureProgram, type Usage } from "../measure/program.ts";
import { median } from "../measure/report.ts";
import type { Bench } from "./bench.ts";
import { contentOf } from "./content.ts";
import type { Contender, PeerCase } from "./contender.ts";

/** What became of a contender. */
export interface Outcome {
  readonly peer: string;
  readonly name: string;
  readonly runs: number;
  /** Medians; null where there is no figure to show, and `why` says why. */
  readonly figures: {
    readonly ms: number;
    readonly cpuMs: number;
    readonly peakMb: number;
    /** Its rows a second against those of the first contender in the same round: median, least, most. */
    readonly ratio: readonly [number, number, number];
  } | null;
  readonly why?: string;
}

export interface MeasureOptions {
  readonly rounds: number;
  /** A run that takes longer is ended, and shown as such. */
  readonly limitSeconds: number;
  /** Whoever took longer than this is not run in further rounds. */
  readonly patienceSeconds: number;
  readonly onRun?: (contender: Contender, what: string) => void;
}

interface Entry {
  readonly contender: Contender;
  readonly runs: Usage[];
  readonly ratios: number[];
  why?: string;
}

/**
 * Runs all contenders of a case in turn, round after round. The first one's table is what everybody's must equal; who comes to
 * another one, fails, or takes too long has no figures.
 */
export async function measureCase(bench: Bench, one: PeerCase, options: MeasureOptions): Promise<Outcome[]> {
  const entries = one.contenders.map((contender): Entry => ({ contender, runs: [], ratios: [] }));
  const [first] = entries;
  let expected: string | undefined;
  for (const { contender } of entries.filter(firstOfPeer))
    await runOnce(bench, contender, one.warmSeconds ?? WARM_SECONDS);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const entry of entries) {
      const slow = entry !== first && (entry.runs.at(-1)?.ms ?? 0) > options.patienceSeconds * 1000;
      if (entry.why !== undefined || slow) continue;
      const usage = await runOnce(bench, entry.contender, options.limitSeconds);
      if (typeof usage === "string") {
        entry.why = usage;
        options.onRun?.(entry.contender, usage);
        if (entry === first) throw new Error(`${entry.contender.name}: ${usage}`);
        continue;
      }
      const found = await contentOf(bench.sql, entry.contender.table, one.content);
      expected ??= found;
      if (found !== expected) entry.why = `wrong: ${found}, not ${expected}`;
      entry.runs.push(usage);
      entry.ratios.push(first!.runs[round]!.ms / usage.ms);
      options.onRun?.(entry.contender, entry.why ?? `${(usage.ms / 1000).toFixed(2)} s`);
    }
  }
  return entries.map(outcomeOf);
}

/** What happens only the first time (files not yet in memory, tables of state made) is nobody's time. */
const WARM_SECONDS = 3;

/** dlt is not ended half-way: it would go on with that in its next run. It has run when its table is made. */
function firstOfPeer({ contender: { peer } }: Entry, index: number, entries: readonly Entry[]): boolean {
  return peer !== "dlt" && entries.findIndex(({ contender }) => contender.peer === peer) === index;
}

async function runOnce(bench: Bench, contender: Contender, limitSeconds: number): Promise<Usage | string> {
  try {
    await contender.prepare();
    const program = await contender.program();
    const usage = await measureProgram(program, { python: bench.environment.python, limitSeconds });
    if (usage !== null) return usage;
    await endOthers(bench);
    return `> ${limitSeconds} s`;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A server goes on with what it was told by who has been ended; nobody after him is to share it with that. */
async function endOthers({ sql }: Bench): Promise<void> {
  await sql`SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()`;
}

function outcomeOf({ contender, runs, ratios, why }: Entry): Outcome {
  const { peer, name } = contender;
  if (why !== undefined) return { peer, name, runs: runs.length, figures: null, why };
  const of = (figure: keyof Usage) => median(runs.map((run) => run[figure]));
  const ratio = [median(ratios), Math.min(...ratios), Math.max(...ratios)] as const;
  return { peer, name, runs: runs.length, figures: { ms: of("ms"), cpuMs: of("cpuMs"), peakMb: of("peakMb"), ratio } };
}
