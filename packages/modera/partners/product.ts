import { z } from "zod";
import { labOfWord } from "../../colour/words.ts";
import type { Json } from "../../database/types.ts";
import type { FeedRow, RowError } from "./feed_row.ts";
import { shopAddress } from "./shop_address.ts";

/** What a row is checked against. */
export interface Shop {
  /** Hosts that products may be at. */
  domains: readonly string[];
  /** Of rows that name none. */
  currency: string;
  /** Decimals of every currency that is known, by code. */
  currencies: Readonly<Record<string, number>>;
}

/** A product as SQL takes it (private.modera_import_products). */
export type Product = { line: number } & z.infer<ReturnType<typeof productSchema>>;

/** Columns without which no row can be a product. */
export const requiredColumns = ["product_id", "title", "category", "colour", "price", "url"];

/** Reads rows of a shop: products, and the errors of rows that are none. */
export function productReader(shop: Shop): (rows: readonly FeedRow[]) => {
  products: Product[];
  errors: RowError[];
} {
  const schema = productSchema(shop);
  return (rows) => {
    const products: Product[] = [];
    const errors: RowError[] = [];
    for (const row of rows) {
      if ("error" in row) {
        errors.push(row.error);
        continue;
      }
      const read = schema.safeParse(filled(row.columns), { reportInput: true });
      if (read.success) products.push({ line: row.line, ...read.data });
      else errors.push(...read.error.issues.map((issue) => rowError(row.line, issue)));
    }
    return { products, errors };
  };
}

/** Without the columns that say nothing. */
function filled(columns: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(columns).filter(([, value]) =>
      value !== null && (typeof value !== "string" || value.trim() !== "")
    ),
  );
}

function productSchema(shop: Shop) {
  return z.object({
    product_id: z.union([z.string(), z.int().transform(String)])
      .pipe(z.string().trim().regex(/^[^=+\-@]/, "A name that a spreadsheet would run."))
      .pipe(text(255)),
    title: text(300),
    brand: text(200).nullable().default(null),
    category: text(100).transform((name) => name.toLowerCase()),
    subcategory: text(100).transform((name) => name.toLowerCase()).nullable().default(null),
    sizes: sizes.default([]),
    colour: text(100),
    colour_hex: z.string().regex(/^#[0-9a-f]{6}$/i, "Such as #1a2b3c.").optional(),
    price: z.union([z.string(), z.number().transform(String)])
      .pipe(z.string().trim().regex(/^\d{1,9}(\.\d{1,4})?$/, "Such as 1299.90, without a sign.")),
    currency: z.string().trim().default(shop.currency),
    url: address("At one of the partner's domains, https.", shop.domains),
    image_url: address("An https address.").nullable().default(null),
    available: availability.default(true),
  }).transform(({ colour_hex, price, ...row }, context) => {
    const refuse = (field: string, code: string, message: string) => {
      context.addIssue({ code: "custom", path: [field], params: { code }, message });
      return z.NEVER;
    };
    const lab = labOfWord(colour_hex ?? row.colour);
    if (!lab) {
      return refuse(
        "colour",
        "unknown_colour",
        "Not a colour we know; colour_hex says it exactly.",
      );
    }
    const exponent = Object.hasOwn(shop.currencies, row.currency)
      ? shop.currencies[row.currency]
      : undefined;
    if (exponent === undefined) {
      return refuse("currency", "unknown_currency", "Not an ISO 4217 code.");
    }
    const amount = minorUnits(price, exponent);
    if (!amount) {
      return refuse("price", "invalid_price", `Above zero, with ${exponent} decimals at most.`);
    }
    const [l, a, b] = lab;
    const cielab = { lab_l: hundredth(l), lab_a: hundredth(a), lab_b: hundredth(b) };
    return { ...row, price: amount, ...cielab };
  });
}

/**
 * Text for people to read. A spreadsheet runs what begins with `=`, `+`, `-` or `@` (OWASP, CSV
 * injection), so a text loses such a beginning wherever it may be exported to later.
 */
function text(longest: number) {
  return z.string()
    .transform((value) => value.trim().replace(/^[=+\-@\s]+/, "").replace(/\s+/g, " "))
    .pipe(
      z.string().min(1, "Empty.").max(longest).refine(
        // deno-lint-ignore no-control-regex -- these are what is looked for
        (value) => value.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(value),
        { message: "Holds characters that are no text.", params: { code: "control_characters" } },
      ),
    );
}

const sizes = z.union([
  z.string().transform((list) => list.split(/[|;,/]/)),
  z.array(z.union([z.string(), z.number().transform(String)])),
]).transform((list) => [...new Set(list.map((size) => size.trim().toUpperCase()))].filter(Boolean))
  .pipe(z.array(text(20)).max(50));

const yes = new Set(["true", "yes", "1", "in stock", "in_stock"]);
const no = new Set(["false", "no", "0", "out of stock", "out_of_stock"]);

const availability = z.union([z.boolean(), z.string(), z.number()]).transform((value, context) => {
  const word = String(value).trim().toLowerCase();
  if (yes.has(word) || no.has(word)) return yes.has(word);
  context.addIssue({ code: "custom", message: "in stock, or out of stock." });
  return z.NEVER;
});

function address(wanted: string, domains?: readonly string[]) {
  return z.string().transform((value, context) => {
    const found = shopAddress(value, domains);
    if (found) return found;
    context.addIssue({ code: "custom", params: { code: "invalid_address" }, message: wanted });
    return z.NEVER;
  });
}

/** Far below the smallest difference that anybody sees. */
function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A decimal number of units as a whole number of minor units; undefined when it is too precise. */
function minorUnits(decimal: string, exponent: number): number | undefined {
  const [whole = "", decimals = ""] = decimal.split(".");
  const kept = decimals.replace(/0+$/, "");
  if (kept.length > exponent) return undefined;
  return Number(whole + kept.padEnd(exponent, "0"));
}

function rowError(line: number, issue: z.core.$ZodIssue): RowError {
  const code = codeOf(issue);
  const message = code === "missing" ? "This column is needed." : issue.message.slice(0, 500);
  return { line, field: issue.path.map(String).join(".").slice(0, 100), code, message };
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "custom") return String(issue.params?.["code"] ?? "invalid_value");
  if (issue.code === "too_big") return "too_long";
  if (issue.input === undefined && issue.code.startsWith("invalid_")) return "missing";
  return "invalid_value";
}
