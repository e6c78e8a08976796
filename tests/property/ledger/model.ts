import { Account, type Hold, type Posted } from "./account.ts";
import type { Answer, Balance, Call } from "./calls.ts";
import { burn, inBurnOrder, type Lot, reserve, resolve, restore } from "./lots.ts";

/** A call that breaks off: nothing of it remains. */
class Raised {
  constructor(readonly error: string, readonly status: number) {}
}

type Of<Name extends Call["name"]> = Extract<Call, { name: Name }>;

/** The ledger of a few holders, without a database: what it promises, in one file. */
export class Model {
  readonly accounts: Account[];
  #names = 0;

  constructor(holders: number) {
    this.accounts = Array.from({ length: holders }, (_, holder) => new Account(holder));
  }

  /** Makes a call at `now` (milliseconds) and says what it has to answer. */
  apply(call: Call, now: number): Answer {
    const before = structuredClone(this.accounts);
    try {
      return this.#dispatch(call, now);
    } catch (reason) {
      if (!(reason instanceof Raised)) throw reason;
      this.accounts.splice(0, before.length, ...before.map(revive));
      return { error: reason.error, status: reason.status };
    }
  }

  /** Lets happen what is due, as the sweeps do. */
  sweep(now: number): void {
    for (const account of this.accounts) account.settle(now);
  }

  /** The state at a later moment if nobody does anything until then. */
  at(now: number): Model {
    const later = this.clone();
    later.sweep(now);
    for (const account of later.accounts) account.settleLots();
    return later;
  }

  clone(): Model {
    const copy = new Model(0);
    copy.accounts.push(...structuredClone(this.accounts).map(revive));
    copy.#names = this.#names;
    return copy;
  }

  balance(holder: number): Balance {
    return this.accounts[holder]!.balance();
  }

  /** Lots that can be spent, in burn order; live holds may have reserved some of it. */
  live(holder: number, now: number): { grant_id: string; amount: number; remaining: number }[] {
    return inBurnOrder(this.accounts[holder]!.lots)
      .filter((lot) => lot.remaining > 0 && (lot.expiresAt ?? Infinity) > now)
      .map(({ name, amount, remaining }) => ({ grant_id: name, amount, remaining }));
  }

  lots(): Lot[] {
    return this.accounts.flatMap((account) => account.lots);
  }

  holds(): Hold[] {
    return this.accounts.flatMap((account) => account.holds);
  }

  #dispatch(call: Call, now: number): Answer {
    switch (call.name) {
      case "grant":
        return this.#grant(call, now);
      case "debit":
        return this.#debit(call, now);
      case "hold":
        return this.#hold(call, now);
      case "capture":
        return this.#capture(call, now);
      case "release":
        return this.#release(call, now);
      case "refund":
        return this.#refund(call, now);
      case "revoke":
        return this.#revoke(call, now);
      case "reinstate":
        return this.#reinstate(call, now);
      case "transfer":
        return this.#transfer(call, now);
    }
  }

  #grant(call: Of<"grant">, now: number): Answer {
    const account = this.accounts[call.holder]!;
    const { amount, category, priority, effectiveAt, expiresAt, key } = call;
    const known = account.lots.some((lot) => lot.key === key);
    if (!known && expiresAt !== null && expiresAt <= (effectiveAt ?? now)) {
      throw new Raised("invalid_request", 422);
    }
    account.settle(now);
    return once(account, call, () => {
      if (expiresAt !== null || priority !== 0 || (effectiveAt ?? now) > now) account.meter();
      account.settleLots();
      const lot = this.#lot(account, { key, category, priority, amount, expiresAt }, now);
      lot.effectiveAt = effectiveAt ?? now;
      if (lot.effectiveAt > now) {
        return { grant_id: lot.name, entry_id: null, amount, balance: account.balance() };
      }
      return { ...told(account.credit(lot, "grant")), grant_id: lot.name };
    });
  }

  #debit(call: Of<"debit">, now: number): Answer {
    const account = this.accounts[call.holder]!;
    account.settle(now);
    return once(account, call, () => {
      if (call.amount > account.available) return insufficient(account, call.amount);
      return told(account.append("debit", -call.amount, { receipt: account.spend(call.amount) }));
    });
  }

  #hold(call: Of<"hold">, now: number): Answer {
    const account = this.accounts[call.holder]!;
    account.settle(now);
    return once(account, call, () => {
      const { amount, minutes } = call;
      if (amount > account.available) return insufficient(account, amount);
      const receipt = account.metered ? reserve(account.lots, amount) : null;
      const name = `hold ${++this.#names}`;
      const expiresAt = now + minutes * 60_000;
      const { holder } = account;
      account.holds.push({ name, holder, amount, state: "open", captured: 0, expiresAt, receipt });
      account.pending += amount;
      return { hold_id: name, amount, expires_at: expiresAt, balance: account.balance() };
    });
  }

  #capture(call: Of<"capture">, now: number): Answer {
    const { account, hold } = this.#held(call.hold, now);
    return once(account, call, () => {
      if (hold.state !== "open") return resolved(hold);
      if (call.amount !== null && call.amount > hold.amount) {
        throw new Raised("invalid_amount", 422);
      }
      const captured = call.amount ?? hold.amount;
      const receipt = hold.receipt ? resolve(hold.receipt, captured) : account.spend(captured);
      hold.state = "captured";
      hold.captured = captured;
      const entry = account.append(
        "capture",
        -captured,
        { hold_id: hold.name, receipt },
        -hold.amount,
      );
      const outcome = {
        ...told(entry),
        hold_id: hold.name,
        captured,
        released: hold.amount - captured,
      };
      account.settle(now);
      return outcome;
    });
  }

  #release(call: Of<"release">, now: number): Answer {
    const { account, hold } = this.#held(call.hold, now);
    return once(account, call, () => {
      if (hold.state !== "open") return resolved(hold);
      account.giveBack(hold, "released");
      account.settle(now);
      return { hold_id: hold.name, state: "released", balance: account.balance() };
    });
  }

  #refund(call: Of<"refund">, now: number): Answer {
    const account = this.accounts[call.holder]!;
    account.settle(now);
    return once(account, call, () => {
      const spent = account.entries.find(({ entry_id, kind }) =>
        entry_id === call.entry && (kind === "debit" || kind === "capture")
      );
      if (!spent) throw new Raised("not_found", 404);
      const refundable = -spent.amount - spent.refunded;
      if (call.amount > refundable) {
        return { refusal: { code: "refund_exceeds_entry", refundable } };
      }
      if (spent.receipt) restore(spent.receipt, spent.refunded, call.amount);
      spent.refunded += call.amount;
      const outcome = told(account.append("refund", call.amount, { reverses: spent.entry_id }));
      account.settleLots();
      account.settle(now);
      return outcome;
    });
  }

  #revoke(call: Of<"revoke">, now: number): Answer {
    const { account, lot } = this.#granted(call.grant, now);
    return once(account, call, () => {
      const { amount } = call;
      const taken = lot.posted === null
        ? 0
        : Math.min(amount, lot.remaining - lot.reserved, Math.max(0, account.available));
      if (taken === 0) return { taken, owed: amount, balance: account.balance() };
      lot.remaining -= taken;
      lot.revoked += taken;
      const entry = account.append("revocation", -taken, { grant_id: lot.name });
      return { ...told(entry), taken, owed: amount - taken };
    });
  }

  #reinstate(call: Of<"reinstate">, now: number): Answer {
    const { account, lot } = this.#granted(call.grant, now);
    return once(account, call, () => {
      if (call.amount > lot.revoked) throw new Raised("refund_exceeds_entry", 409);
      lot.remaining += call.amount;
      lot.revoked -= call.amount;
      const outcome = told(account.append("reinstatement", call.amount, { grant_id: lot.name }));
      account.settle(now);
      return outcome;
    });
  }

  #transfer(call: Of<"transfer">, now: number): Answer {
    const { from, to, amount } = call;
    if (from === to) throw new Raised("invalid_request", 422);
    const [source, target] = [this.accounts[from]!, this.accounts[to]!];
    source.settle(now);
    target.settle(now);
    return once(source, call, () => {
      if (amount > source.available) return insufficient(source, amount);
      source.settleLots();
      const receipt = burn(source.lots, amount);
      const entry = source.append("transfer_out", -amount, { receipt });
      for (const { lot, amount: part } of receipt) {
        const { category, priority, expiresAt } = lot;
        if (expiresAt !== null || priority !== 0) target.meter();
        target.settleLots();
        const key = `transfer of ${entry.entry_id}`;
        target.credit(
          this.#lot(target, { key, category, priority, amount: part, expiresAt }, now),
          "transfer_in",
        );
      }
      return told(entry);
    });
  }

  #lot(
    { holder, lots }: Account,
    terms: Pick<Lot, "key" | "category" | "priority" | "amount" | "expiresAt">,
    now: number,
  ): Lot {
    const lot: Lot = {
      ...terms,
      name: `grant ${++this.#names}`,
      holder,
      remaining: terms.amount,
      reserved: 0,
      revoked: 0,
      expired: 0,
      unreceipted: 0,
      effectiveAt: now,
      createdAt: now,
      posted: null,
    };
    lots.push(lot);
    return lot;
  }

  #held(name: string, now: number): { account: Account; hold: Hold } {
    const hold = this.holds().find((hold) => hold.name === name);
    if (!hold) throw new Raised("not_found", 404);
    const account = this.accounts[hold.holder]!;
    account.settle(now);
    return { account, hold };
  }

  #granted(name: string, now: number): { account: Account; lot: Lot } {
    const lot = this.lots().find((lot) => lot.name === name);
    if (!lot) throw new Raised("not_found", 404);
    const account = this.accounts[lot.holder]!;
    account.settle(now);
    account.settleLots();
    return { account, lot };
  }
}

/** One key, one request: the first outcome again, or a conflict. */
function once(account: Account, call: Call, make: () => Record<string, unknown>): Answer {
  const body = JSON.stringify(call);
  const burnt = account.keys.get(call.key);
  if (burnt && burnt.body !== body) throw new Raised("idempotency_conflict", 409);
  if (burnt) return { ...burnt.outcome, replayed: true };
  const outcome = make();
  account.keys.set(call.key, { body, outcome });
  return { ...outcome, replayed: false };
}

function told({ entry_id, amount, balance_after, pendingAfter }: Posted): Record<string, unknown> {
  const available = balance_after - pendingAfter;
  return {
    entry_id,
    amount: Math.abs(amount),
    balance: { posted: balance_after, pending: pendingAfter, available },
  };
}

function insufficient(account: Account, required: number): Record<string, unknown> {
  return { refusal: { code: "insufficient_credits", required, available: account.available } };
}

function resolved({ name, state }: Hold): Record<string, unknown> {
  const code = state === "expired" ? "hold_expired" : "hold_resolved";
  return { refusal: { code, hold_id: name, state } };
}

function revive(plain: Account): Account {
  return Object.assign(new Account(plain.holder), plain);
}
