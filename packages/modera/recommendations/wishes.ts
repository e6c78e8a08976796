import { z } from "zod";

const currencyCode = z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD.");

/** What people ask of products, in a body or in a query. */
export const wishes = {
  category: z.string().trim().min(1).max(100).optional(),
  size: z.string().trim().min(1).max(20).optional(),
  currency: currencyCode.optional(),
};

/** A limit of price says little without its currency. */
export function namesCurrency(
  asked: { max_price?: number | undefined; currency?: string | undefined },
): boolean {
  return asked.max_price === undefined || asked.currency !== undefined;
}

/** What is said when it does not. */
export const currencyMissing = { path: ["currency"], message: "In which currency is max_price?" };
