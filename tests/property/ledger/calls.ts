/** A call of the ledger, with names in place of ids; times are milliseconds. */
export type Call =
  & { key: string }
  & (
    | {
      name: "grant";
      holder: number;
      amount: number;
      category: "paid" | "promotional";
      priority: number;
      effectiveAt: number | null;
      expiresAt: number | null;
    }
    | { name: "debit"; holder: number; amount: number; feature: string }
    | { name: "hold"; holder: number; amount: number; minutes: number }
    | { name: "capture"; hold: string; amount: number | null }
    | { name: "release"; hold: string }
    | { name: "refund"; holder: number; entry: string; amount: number }
    | { name: "revoke"; grant: string; amount: number }
    | { name: "reinstate"; grant: string; amount: number }
    | { name: "transfer"; from: number; to: number; amount: number }
  );

/** A balance as callers see it. */
export interface Balance {
  posted: number;
  pending: number;
  available: number;
}

/** What a call answers; ids are names, as `entry 0/3` for the third entry of the first holder. */
export type Answer = Record<string, unknown>;

/** An entry as the statement shows it. */
export interface Entry {
  entry_id: string;
  kind: string;
  amount: number;
  balance_after: number;
  reverses: string | null;
  hold_id: string | null;
  grant_id: string | null;
}
