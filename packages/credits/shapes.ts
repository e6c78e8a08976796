import { z } from "zod";

/** Name of a product: the schema it lives in. */
export const productName = z.string().regex(/^[a-z][a-z0-9_]{1,31}$/, "A product's name.");

/** What an account holds, in credits: `available` is `posted` less `pending`. */
export const balance = z.object({ posted: z.int(), pending: z.int(), available: z.int() });

/** Credits that came in together and may expire. */
export const grant = z.object({
  grant_id: z.uuid(),
  category: z.string(),
  amount: z.int(),
  remaining: z.int(),
  effective_at: z.string().nullable(),
  expires_at: z.string().nullable(),
});
