/** How a field was written: bare, quoted, quoted with doubled quotes inside, or with a quote that is never closed or has text behind it. */
export const FieldForm = { bare: 0, quoted: 1, escaped: 2, broken: 3 } as const;

/** Fields as numbers side by side, in memory that is used again for each block. */
export class FieldTable {
  starts: Int32Array;
  ends: Int32Array;
  forms: Int32Array;
  count = 0;

  constructor(room: number) {
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.forms = new Int32Array(room);
  }

  add(start: number, end: number, form: number): void {
    const at = this.count;
    if (at === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
      this.forms = doubled(this.forms);
    }
    this.starts[at] = start;
    this.ends[at] = end;
    this.forms[at] = form;
    this.count = at + 1;
  }

  /** The fields from `first` on are one bare field without a character. */
  isEmptyLine(first: number): boolean {
    return this.count === first + 1 && this.starts[first] === this.ends[first] && this.forms[first] === FieldForm.bare;
  }
}

/** Rows likewise. */
export class RowTable {
  firsts: Int32Array;
  ends: Int32Array;
  lines: Float64Array;
  offsets: Float64Array;
  count = 0;

  /** With room for so many rows, from 2, and more where they come. */
  constructor(room: number) {
    this.firsts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.lines = new Float64Array(room);
    this.offsets = new Float64Array(room);
  }

  add(
    first: number,
    { line, offset, end }: { readonly line: number; readonly offset: number; readonly end: number },
  ): void {
    const at = this.count;
    if (at + 1 === this.firsts.length) {
      this.firsts = doubled(this.firsts);
      this.ends = doubled(this.ends);
      this.lines = doubled(this.lines);
      this.offsets = doubled(this.offsets);
    }
    this.firsts[at] = first;
    this.ends[at] = end;
    this.lines[at] = line;
    this.offsets[at] = offset;
    this.count = at + 1;
  }

  /** Says where the fields of the last row end. */
  close(fields: number): void {
    this.firsts[this.count] = fields;
  }
}

function doubled<Numbers extends Int32Array | Float64Array>(numbers: Numbers): Numbers {
  const grown = new (numbers.constructor as new (length: number) => Numbers)(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
