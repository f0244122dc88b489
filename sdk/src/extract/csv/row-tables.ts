/** How a field was written: bare, quoted, quoted with doubled quotes inside, or with a quote that is never closed or has text behind it. */
export const FieldForm = { bare: 0, quoted: 1, escaped: 2, broken: 3 } as const;

/** Fields as numbers side by side, in memory that is used again for each block. */
export class FieldTable {
  starts: Int32Array = new Int32Array(4096);
  ends: Int32Array = new Int32Array(4096);
  forms: Int32Array = new Int32Array(4096);
  count = 0;

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
  firsts: Int32Array = new Int32Array(1024);
  ends: Int32Array = new Int32Array(1024);
  lines: Float64Array = new Float64Array(1024);
  offsets: Float64Array = new Float64Array(1024);
  count = 0;

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
