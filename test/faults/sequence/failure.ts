/** That something is not as the model says it must be, after a step. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly fault: string;
  readonly lost: number;
  readonly doubled: number;

  constructor(
    message: string,
    { fault, lost = 0, doubled = 0 }: { readonly fault: string; readonly lost?: number; readonly doubled?: number },
  ) {
    super(message);
    this.fault = fault;
    this.lost = lost;
    this.doubled = doubled;
  }
}
