import { fs } from "../builtins.ts";
import { emptyLine } from "./empty-line.ts";
import { writeLine } from "./write-line.ts";

/** Appends so that a line is there as a whole or not at all. */
export interface DirectAppend {
  /** Returns whether it could; if not, nothing was written but a line that says nothing. */
  append(fd: number, line: string): boolean;
  close(): void;
}

const block = 4_096;
const maxBytes = 1 << 20;
// ext4, XFS, and overlays, which mostly lie on one of them. Elsewhere a direct write may grow the file in steps too.
const fileSystems: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x794c7630]);

/**
 * Direct I/O, which lets a file grow by a write of any size at once, when its data is in place. It works on whole
 * blocks: a line that says nothing fills the file up to a block's end, and spaces the line itself. Null where the file
 * system does not offer it.
 */
export function openDirectAppend(path: string): DirectAppend | null {
  const { O_APPEND, O_DIRECT, O_WRONLY } = fs.constants;
  let direct: number;
  try {
    if (!O_DIRECT || !fileSystems.has(fs.statfsSync(path).type)) return null;
    direct = fs.openSync(path, O_WRONLY | O_APPEND | O_DIRECT);
  } catch {
    return null;
  }
  const memory = new Uint8Array(maxBytes + 2 * block);
  let offset: number | null = null;
  return {
    append: (fd, line) => {
      if (line.length + 1 > maxBytes) return false;
      const bytes = Buffer.from(`${padded(line, 1)}\n`, "latin1");
      writeLine(fd, padded(emptyLine, fs.fstatSync(fd).size + 1));
      // Where in memory a block may begin is not known, but the system says when it does not.
      for (const at of offset === null ? offsets() : [offset]) {
        memory.set(bytes, at);
        const written = tryWrite(direct, memory.subarray(at, at + bytes.length));
        if (written === null) continue;
        offset = at;
        // The disk is full, or the like: what is left fails as it would have anyway, or arrives.
        if (written < bytes.length) writeLine(fd, bytes.toString("latin1", written, bytes.length - 1));
        return true;
      }
      return false;
    },
    close: () => fs.closeSync(direct),
  };
}

/** The line with as many spaces as make it, and `more` bytes, whole blocks. */
function padded(line: string, more: number): string {
  return line + " ".repeat((block - ((line.length + more) % block)) % block);
}

/** Each place in a block that an allocation may be aligned to; first that of large ones in glibc, 16 bytes into a page. */
function* offsets(): Generator<number> {
  for (let at = block - 16; at >= 0; at -= 16) yield at;
}

/** How much was written; null where nothing was, whatever the reason: the ordinary way finds it again. */
function tryWrite(fd: number, bytes: Uint8Array): number | null {
  try {
    return fs.writeSync(fd, bytes);
  } catch {
    return null;
  }
}
