import type { AnswerOf, RequestOf } from "./request.ts";

/** A page of an account: its balance and grants now, and entries, newest first. */
export type Account = AnswerOf<"getCreditBalance">;

/** Credits of an account: `available` is `posted` less `pending`. */
export type Balance = Account["balance"];

/** Credits that came in together and may expire. */
export type Grant = Account["grants"][number];

/** One change of a balance, signed. */
export type Entry = Account["entries"][number];

/** What to buy. */
export type CheckoutRequest = RequestOf<"postCheckout">;

/** An invoice, payable at `url` until `expires_at`. */
export type Checkout = AnswerOf<"postCheckout">;

/** What to try on: two pictures in the caller's own Storage folder. */
export type TryOnRequest = RequestOf<"postTryOn">;

/** A try-on that has begun. */
export type StartedTryOn = AnswerOf<"postTryOn">;

/** How a try-on stands. `active` and `processing` go on; other states are ends. */
export type TryOn = AnswerOf<"getTryOnById">;

/** How a style analysis stands, and what it found. */
export type StyleAnalysis = AnswerOf<"getStyleAnalysisById">;

/** What to charge a holder for: a feature at its price, or an amount of credits. */
export type DebitRequest =
  & { product: string; holder: string; reference?: string }
  & ({ feature: string; amount?: never } | { amount: number; feature?: never });

/** A debit that was made. */
export type Debit = AnswerOf<"postCreditDebit">;
