import assert from "node:assert/strict";
import type { Json } from "../../database/types.ts";
import { type Product, productReader } from "./product.ts";

const read = productReader({
  domains: ["shop.example.com"],
  currency: "USD",
  currencies: { USD: 2, RUB: 2, JPY: 0 },
});

const row = {
  product_id: "p1",
  title: "Linen dress",
  category: "Dresses",
  colour: "navy",
  price: "29.90",
  url: "https://shop.example.com/p1",
};

/** The product of a row with these columns. */
function product(columns: Record<string, Json>): Product {
  const { products, errors } = read([{ line: 2, columns: { ...row, ...columns } }]);
  assert.deepEqual(errors, []);
  return products[0]!;
}

/** What is wrong with a row of these columns, as "field code". */
function wrong(columns: Record<string, Json>): string[] {
  const { products, errors } = read([{ line: 2, columns: { ...row, ...columns } }]);
  assert.deepEqual(products, []);
  return errors.map(({ field, code }) => `${field} ${code}`);
}

Deno.test("a row becomes a product, in minor units and CIELAB", () => {
  assert.deepEqual(product({ sizes: "s|M;m", brand: " ", extra: "x", colour_hex: "#ff0000" }), {
    line: 2,
    product_id: "p1",
    title: "Linen dress",
    brand: null,
    category: "dresses",
    subcategory: null,
    sizes: ["S", "M"],
    colour: "navy",
    lab_l: 53.24,
    lab_a: 80.09,
    lab_b: 67.2,
    price: 2990,
    currency: "USD",
    url: "https://shop.example.com/p1",
    image_url: null,
    available: true,
  });
});

for (
  const [price, currency, amount] of [
    ["0.1", "USD", 10],
    ["1299", "RUB", 129900],
    ["1.10", "USD", 110],
    [29.9, "USD", 2990],
    ["500", "JPY", 500],
    ["500.00", "JPY", 500],
  ] as const
) {
  Deno.test(`${price} ${currency} are ${amount} minor units`, () => {
    assert.equal(product({ price, currency }).price, amount);
  });
}

for (const price of ["-1", "0", "1,5", "1e3", "abc", "0.001", "12345678901", "1 299"]) {
  Deno.test(`a price of ${price} is refused`, () => {
    assert.match(wrong({ price }).join(), /^price /);
  });
}

for (
  const url of [
    "http://shop.example.com/p",
    "https://evil.example.net/p",
    "https://shop.example.com.evil.example.net/p",
    "https://shop.example.com@evil.example.net/p",
    "https://evil.example.net\\@shop.example.com/p",
    "https://user@shop.example.com/p",
    "https://shop.example.com:8443/p",
    "https://sub.shop.example.com/p",
    "javascript:alert(1)",
    "//shop.example.com/p",
    `https://shop.example.com/${"x".repeat(2100)}`,
  ]
) {
  Deno.test(`M-23: a product is not at ${url.slice(0, 60)}`, () => {
    assert.deepEqual(wrong({ url }), ["url invalid_address"]);
  });
}

Deno.test("CSV injection: a cell that a spreadsheet would run is kept as harmless text", () => {
  const { title, brand } = product({ title: "=HYPERLINK(1)", brand: "\t@+cmd|' /C calc'!A0" });
  assert.deepEqual([title, brand], ["HYPERLINK(1)", "cmd|' /C calc'!A0"]);
  assert.deepEqual(wrong({ title: "=+-@" }), ["title invalid_value"]);
  assert.deepEqual(wrong({ product_id: "=1+1" }), ["product_id invalid_value"]);
});

Deno.test("every wrong field of a row is named, with a code", () => {
  const { errors } = read([{ line: 9, columns: { product_id: "x", colour: "navy", url: "x" } }]);
  assert.deepEqual(errors.map(({ line, field, code }) => [line, field, code]), [
    [9, "title", "missing"],
    [9, "category", "missing"],
    [9, "price", "missing"],
    [9, "url", "invalid_address"],
  ]);
});

for (
  const [columns, expected] of [
    [{ colour: "octarine" }, "colour unknown_colour"],
    [{ colour_hex: "blue" }, "colour_hex invalid_value"],
    [{ currency: "XXX" }, "currency unknown_currency"],
    [{ currency: "toString" }, "currency unknown_currency"],
    [{ available: "maybe" }, "available invalid_value"],
    [{ title: "x".repeat(301) }, "title too_long"],
    [{ title: "a\u0000b" }, "title control_characters"],
    [{ title: "a\ud800" }, "title control_characters"],
    [{ title: { a: 1 } }, "title invalid_value"],
    [{ image_url: "http://cdn.example.com/1.jpg" }, "image_url invalid_address"],
  ] as const
) {
  Deno.test(`${JSON.stringify(columns).slice(0, 50)} is refused: ${expected}`, () => {
    assert.deepEqual(wrong(columns), [expected]);
  });
}

Deno.test("a code says a colour whose word nobody knows", () => {
  const { colour, lab_l, lab_a, lab_b } = product({
    colour: "midnight whisper",
    colour_hex: "#ffffff",
  });
  assert.deepEqual([colour, lab_l, lab_a, lab_b], ["midnight whisper", 100, 0, 0]);
});
