/** Credits of an account: `available` is `posted` less `pending`. */
export interface Balance {
  posted: number;
  pending: number;
  available: number;
}

/** Credits that came in together and may expire. */
export interface Grant {
  grant_id: string;
  category: "paid" | "promotional";
  amount: number;
  remaining: number;
  effective_at: string | null;
  expires_at: string | null;
}

/** One change of a balance. */
export interface Entry {
  entry_id: string;
  kind: string;
  /** Signed. */
  amount: number;
  balance_after: number;
  feature: string | null;
  reference: string | null;
  reverses: string | null;
  created_at: string;
}

/** A page of an account: its balance and grants now, and entries, newest first. */
export interface Account {
  balance: Balance;
  grants: Grant[];
  entries: Entry[];
  /** Null at the end. */
  next_cursor: string | null;
}

/** What to buy. */
export interface CheckoutRequest {
  product: string;
  offer: string;
  /** ISO 4217; the offer's default without it. */
  currency?: string;
}

/** An invoice, payable at `url` until `expires_at`. */
export interface Checkout {
  invoice_id: string;
  number: string;
  url: string;
  /** Minor units. */
  amount: number;
  currency: string;
  credits: number;
  expires_at: string;
}

/** What to try on: two pictures in the caller's own Storage folder. */
export interface TryOnRequest {
  product: string;
  person_path: string;
  garment_path: string;
}

/** `active` and `processing` go on; the others are ends. */
export type TryOnStatus = "active" | "processing" | "completed" | "failed" | "expired";

/** A try-on that has begun. */
export interface StartedTryOn {
  try_on_id: string;
  session_id: string;
  status: TryOnStatus;
  credits_held: number;
}

/** How a try-on stands. */
export interface TryOn extends StartedTryOn {
  credits_used: number;
  /** Serves the picture for ten minutes. */
  result_url: string | null;
  fit_analysis: Record<string, unknown> | null;
  quality_score: number | null;
  confidence_score: number | null;
  engine: string | null;
  failure: { code: string; message: string } | null;
  created_at: string;
  expires_at: string;
  completed_at: string | null;
}

/** What to charge a holder for: a feature at its price, or an amount of credits. */
export type DebitRequest =
  & { product: string; holder: string; reference?: string }
  & ({ feature: string; amount?: never } | { amount: number; feature?: never });

/** A debit that was made. */
export interface Debit {
  entry_id: string;
  amount: number;
  balance: Balance;
}
