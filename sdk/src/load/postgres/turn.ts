/** Raised within the attempt at a chunk whose rows have to go again: those of the chunk before are brought once more. */
export class StandDown extends Error {
  override readonly name = "StandDown";
}

/** That the rows of a chunk are in the target: those of the next one may come beside them before these are committed. */
interface Grant {
  readonly rowsIn: PromiseWithResolvers<void>;
  readonly revoked: PromiseWithResolvers<void>;
  given: boolean;
  /** Settles when the next chunk's transaction that relies on it has ended. */
  follower: Promise<void>;
}

/**
 * A chunk's place in the order of a load: what a chunk may do when the one before it has its rows in the target, and what
 * when that is committed. A chunk that is brought again first has the next one's rows taken back, or it might wait for them
 * for ever: that one waits for its turn.
 */
export class Turn {
  #before: Turn | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #grant = newGrant();
  /** What this chunk's present attempt relies on. */
  #relied: Grant | undefined;

  constructor(before?: Turn) {
    this.#before = before;
  }

  /** To be called at the beginning of each attempt; `over` settles with its transaction. */
  async begin(over: Promise<void>): Promise<void> {
    const grant = this.#grant;
    if (grant.given) {
      this.#grant = newGrant();
      grant.revoked.resolve();
      await grant.follower;
    }
    this.#relied = this.#before?.rely(over);
  }

  /** Waits until the rows of all chunks before are in the target. */
  async rowsBefore(): Promise<void> {
    await this.#relied?.rowsIn.promise;
  }

  /** Waits until all chunks before have ended. Raises StandDown. */
  async allBefore(): Promise<void> {
    if (this.#before === undefined) return;
    const revoked = this.#relied?.revoked.promise.then(() => {
      throw new StandDown("the chunk before is brought again");
    });
    await Promise.race([this.#before.ended, ...(revoked ? [revoked] : [])]);
  }

  /** This chunk's rows are in the target, and nothing that it still does there waits for those of another. */
  rowsIn(): void {
    this.#grant.given = true;
    this.#grant.rowsIn.resolve();
  }

  /** This chunk is committed, or has failed for good. */
  end(): void {
    this.#ended.resolve();
    this.#grant.rowsIn.resolve();
    this.#before = undefined;
    this.#relied = undefined;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  private rely(over: Promise<void>): Grant {
    this.#grant.follower = over;
    return this.#grant;
  }
}

function newGrant(): Grant {
  return {
    rowsIn: Promise.withResolvers<void>(),
    revoked: Promise.withResolvers<void>(),
    given: false,
    follower: Promise.resolve(),
  };
}
