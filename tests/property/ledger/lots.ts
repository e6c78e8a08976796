/** A grant, as what remains of one lot of credits. Times are milliseconds, amounts credits. */
export interface Lot {
  name: string;
  holder: number;
  key: string;
  category: "paid" | "promotional";
  priority: number;
  amount: number;
  remaining: number;
  reserved: number;
  revoked: number;
  expired: number;
  /** What was burnt of it by spending that kept no receipt, as of the account's last settlement. */
  unreceipted: number;
  effectiveAt: number;
  expiresAt: number | null;
  createdAt: number;
  /** Sequence of the entry that credited it; null while it is scheduled. */
  posted: number | null;
}

/** Which lots paid, in the order in which they did. */
export type Receipt = { lot: Lot; amount: number }[];

/** The rule of the house: priority, expiry (never last), promotional before paid, effective time, arrival. */
export function burnsBefore(one: Lot, other: Lot): number {
  return one.priority - other.priority ||
    compare(one.expiresAt ?? Infinity, other.expiresAt ?? Infinity) ||
    (one.category === other.category ? 0 : one.category === "promotional" ? -1 : 1) ||
    one.effectiveAt - other.effectiveAt || one.createdAt - other.createdAt ||
    one.posted! - other.posted!;
}

function compare(one: number, other: number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The lots that are credited, in burn order. */
export function inBurnOrder(lots: Lot[]): Lot[] {
  return lots.filter((lot) => lot.posted !== null).sort(burnsBefore);
}

/** Which lots would pay `amount`: only what no hold has reserved. */
export function allot(lots: Lot[], amount: number): Receipt {
  const receipt: Receipt = [];
  let left = amount;
  for (const lot of inBurnOrder(lots)) {
    const part = Math.min(lot.remaining - lot.reserved, left);
    if (part <= 0) continue;
    receipt.push({ lot, amount: part });
    left -= part;
  }
  return receipt;
}

/** Takes `amount` from the lots and returns who paid. */
export function burn(lots: Lot[], amount: number): Receipt {
  const receipt = allot(lots, amount);
  for (const { lot, amount: part } of receipt) lot.remaining -= part;
  return receipt;
}

/** Sets `amount` of the lots aside. */
export function reserve(lots: Lot[], amount: number): Receipt {
  const receipt = allot(lots, amount);
  for (const { lot, amount: part } of receipt) lot.reserved += part;
  return receipt;
}

/** Ends a reservation: its first `taken` credits are burnt, the others are free again. */
export function resolve(receipt: Receipt, taken: number): Receipt {
  const burnt: Receipt = [];
  let left = taken;
  for (const { lot, amount } of receipt) {
    const part = Math.min(amount, left);
    lot.reserved -= amount;
    lot.remaining -= part;
    left -= part;
    if (part > 0) burnt.push({ lot, amount: part });
  }
  return burnt;
}

/** Gives `amount` back to who paid, the last first, after the `skip` that was given back before. */
export function restore(receipt: Receipt, skip: number, amount: number): void {
  let [skipping, left] = [skip, amount];
  for (const { lot, amount: paid } of receipt.toReversed()) {
    const part = Math.max(0, Math.min(paid - skipping, left));
    skipping = Math.max(0, skipping - paid);
    lot.remaining += part;
    left -= part;
  }
}

/**
 * Brings the lots of an account in line with what it has posted: what was spent without a receipt burns in burn order, what
 * was given back without one restores what burnt so, the last in burn order first.
 */
export function settleLots(lots: Lot[], posted: number): void {
  let unsettled = lots.reduce((sum, lot) => sum + (lot.posted === null ? 0 : lot.remaining), 0) -
    posted;
  if (unsettled > 0) {
    for (const { lot, amount } of burn(lots, unsettled)) lot.unreceipted += amount;
    return;
  }
  for (const lot of inBurnOrder(lots).reverse()) {
    const part = Math.min(lot.unreceipted, -unsettled);
    lot.remaining += part;
    lot.unreceipted -= part;
    unsettled += part;
  }
}
