import type { Balance, Entry } from "./calls.ts";
import { burn, type Lot, type Receipt, reserve, resolve, settleLots } from "./lots.ts";

/** An entry with what a later refund must know. */
export interface Posted extends Entry {
  sequence: number;
  pendingAfter: number;
  receipt: Receipt | null;
  /** How much of it was given back. */
  refunded: number;
}

export interface Hold {
  name: string;
  holder: number;
  amount: number;
  state: "open" | "captured" | "released" | "expired";
  captured: number;
  expiresAt: number;
  receipt: Receipt | null;
}

/** What a call with a key did, for those that come with the same key. */
export interface Burnt {
  body: string;
  outcome: Record<string, unknown>;
}

/**
 * One account, without a database: what the ledger promises of it. Whoever calls sees to it that what was due has
 * happened (`settle`) before anything else.
 */
export class Account {
  posted = 0;
  pending = 0;
  /** Whether each movement keeps a receipt: from the first grant on that is not like all others. */
  metered = false;
  readonly entries: Posted[] = [];
  readonly lots: Lot[] = [];
  readonly holds: Hold[] = [];
  readonly keys = new Map<string, Burnt>();

  constructor(readonly holder: number) {}

  get available(): number {
    return this.posted - this.pending;
  }

  balance(): Balance {
    return { posted: this.posted, pending: this.pending, available: this.available };
  }

  append(
    kind: string,
    amount: number,
    more: Partial<Posted> = {},
    pendingChange = 0,
  ): Posted {
    this.posted += amount;
    this.pending += pendingChange;
    const sequence = this.entries.length + 1;
    const entry: Posted = {
      entry_id: `entry ${this.holder}/${sequence}`,
      kind,
      amount,
      balance_after: this.posted,
      reverses: null,
      hold_id: null,
      grant_id: null,
      sequence,
      pendingAfter: this.pending,
      receipt: null,
      refunded: 0,
      ...more,
    };
    this.entries.push(entry);
    return entry;
  }

  /** Lets happen what is due by `now`: holds time out, scheduled grants arrive, expired ones leave. */
  settle(now: number): void {
    const due = <T>(things: T[], at: (thing: T) => number | null) =>
      things.filter((thing) => (at(thing) ?? Infinity) <= now).sort((a, b) => at(a)! - at(b)!);
    for (
      const hold of due(this.holds.filter(({ state }) => state === "open"), (h) => h.expiresAt)
    ) {
      this.giveBack(hold, "expired");
    }
    for (const lot of due(this.lots.filter((l) => l.posted === null), (l) => l.effectiveAt)) {
      this.credit(lot, "grant");
    }
    const live = this.lots.filter((l) => l.posted !== null && l.remaining > l.reserved)
      .sort((a, b) => a.posted! - b.posted!);
    for (const lot of due(live, (l) => l.expiresAt)) {
      const free = lot.remaining - lot.reserved;
      lot.remaining -= free;
      lot.expired += free;
      this.append("expiry", -free, { grant_id: lot.name });
    }
  }

  /** Credits a lot whose time has come. */
  credit(lot: Lot, kind: "grant" | "transfer_in"): Posted {
    const entry = this.append(kind, lot.amount, { grant_id: lot.name });
    lot.posted = entry.sequence;
    return entry;
  }

  /** From here on each movement keeps a receipt. */
  meter(): void {
    if (this.metered) return;
    this.metered = true;
    this.settleLots();
    for (const hold of this.holds.filter(({ state }) => state === "open")) {
      hold.receipt = reserve(this.lots, hold.amount);
    }
  }

  /** Burns `amount` of the lots and keeps the receipt; a plain account leaves it to its next settlement. */
  spend(amount: number): Receipt | null {
    return this.metered ? burn(this.lots, amount) : null;
  }

  /** Brings the lots in line with what is posted. */
  settleLots(): void {
    settleLots(this.lots, this.posted);
  }

  giveBack(hold: Hold, state: "released" | "expired"): void {
    hold.state = state;
    this.pending -= hold.amount;
    if (hold.receipt) resolve(hold.receipt, 0);
  }
}
