import { fs } from "../builtins.ts";

/** Someone who reads the file that we append to. */
export interface FileReader {
  /** How far it has read, in bytes; null where that can not be seen. */
  position(): number | null;
}

/** The reader of the file among the processes that launched this one; null where none is seen. */
export function findFileReader(path: string): FileReader | null {
  const entry = findEntry(path);
  const position = (): number | null => {
    try {
      const match = entry === null ? null : /^pos:\s+(\d+)/.exec(fs.readFileSync(entry, "latin1"));
      return match ? Number(match[1]) : null;
    } catch {
      return null;
    }
  };
  return position() === null ? null : { position };
}

function findEntry(path: string): string | null {
  try {
    const file = fs.realpathSync(path);
    for (let pid = process.ppid; pid > 0; pid = parentOf(pid)) {
      const found = descriptorOf(pid, file);
      if (found !== null) return `/proc/${pid}/fdinfo/${found}`;
    }
  } catch {
    // No /proc here, or not ours to read.
  }
  return null;
}

function descriptorOf(pid: number, file: string): string | null {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of fs.readdirSync(folder)) {
    try {
      if (fs.readlinkSync(`${folder}/${descriptor}`) === file) return descriptor;
    } catch {
      // It was closed meanwhile.
    }
  }
  return null;
}

/** Field 4 of the process's status, after the name in parentheses. */
function parentOf(pid: number): number {
  const status = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
}
