import assert from "node:assert/strict";
import { labOfHex } from "../../colour/lab.ts";
import { type Advice, adviceOf } from "./advice.ts";
import { type Candidate, fitOf, rank, scoreOf } from "./rank.ts";
import { reasonFor } from "./reason.ts";

const advice: Advice = {
  wear: [{ name: "navy", lab: labOfHex("#14213d") }, { name: "white", lab: [100, 0, 0] }],
  avoid: [{ name: "orange", lab: labOfHex("#f97306") }],
  sizes: new Map([["dresses", ["M"]], ["default", ["L"]]]),
  language: "en",
};

/** A dress of this colour; of equal ones the id decides. */
function dress(hex: string, change: Partial<Candidate> = {}): Candidate {
  const [lab_l, lab_a, lab_b] = labOfHex(hex);
  return {
    id: hex,
    title: "Dress",
    category: "dresses",
    subcategory: null,
    sizes: ["S", "M"],
    colour: "blue",
    lab_l,
    lab_a,
    lab_b,
    price: 5000,
    currency: "USD",
    ...change,
  };
}

const noSizes: Advice = { ...advice, sizes: new Map() };

Deno.test("the nearer a colour is to the palette, the better the product", () => {
  const hexes = ["#f97306", "#14213d", "#1e488f", "#808080"];
  const ranked = rank(hexes.map((hex) => dress(hex)), noSizes, {}, 3);
  assert.deepEqual(ranked.map(({ candidate }) => candidate.id), ["#14213d", "#1e488f", "#808080"]);
  assert.equal(ranked[0]?.score, 1);
  assert.ok(ranked.every(({ score }) => score >= 0 && score <= 1));
});

Deno.test("the part of colour falls by CIEDE2000 to nothing at 50", () => {
  const { parts, nearest } = fitOf(dress("#808080"), { ...noSizes, avoid: [] }, {});
  assert.ok(Math.abs((parts.colour ?? 0) - (1 - (nearest?.difference ?? 0) / 50)) < 1e-9);
  const far = { ...noSizes, wear: [{ name: "black", lab: [0, 0, 0] as const }], avoid: [] };
  assert.equal(fitOf(dress("#ffffff"), far, {}).parts.colour, 0);
});

Deno.test("a colour to avoid that is nearer halves the part of colour", () => {
  const orange = fitOf(dress("#f97306"), noSizes, {});
  const unwarned = fitOf(dress("#f97306"), { ...noSizes, avoid: [] }, {});
  assert.deepEqual([orange.clashes, unwarned.clashes], [true, false]);
  assert.equal(orange.parts.colour, (unwarned.parts.colour ?? 0) / 2);
});

Deno.test("sizes count when they are known: those asked for, else those preferred", () => {
  const size = (change: Partial<Candidate>, wished?: string) =>
    fitOf(dress("#14213d", change), advice, { size: wished }).parts.size;
  assert.equal(size({}), 1);
  assert.equal(size({ sizes: ["S"] }), 0);
  assert.equal(size({ sizes: [] }), 0.5);
  assert.equal(size({ category: "tops", sizes: ["L"] }), 1);
  assert.equal(size({ category: "constructor" }), 0);
  assert.equal(size({}, "s"), 1);
  assert.equal(fitOf(dress("#14213d"), noSizes, {}).parts.size, undefined);
});

Deno.test("below a limit the cheaper is better, and nothing is said of price without one", () => {
  const price = (amount: number, max_price?: number) =>
    fitOf(dress("#14213d", { price: amount }), noSizes, { max_price }).parts.price;
  assert.deepEqual([price(5000, 10_000), price(10_000, 10_000), price(5000)], [
    0.75,
    0.5,
    undefined,
  ]);
});

Deno.test("the score is the mean of the known parts by their weights", () => {
  const fit = { clashes: false, parts: { colour: 0.5, size: 1 } };
  assert.equal(scoreOf(fit), 0.625);
  assert.equal(scoreOf({ clashes: false, parts: {} }), 0);
});

Deno.test("of equal products the cheaper comes first, and the order never changes", () => {
  const products = [
    dress("#14213d", { id: "b" }),
    dress("#14213d", { id: "a" }),
    dress("#14213d", {
      id: "c",
      price: 1,
    }),
  ];
  for (const order of [products, products.toReversed()]) {
    assert.deepEqual(rank(order, noSizes, {}, 9).map(({ candidate }) => candidate.id), [
      "c",
      "a",
      "b",
    ]);
  }
});

Deno.test("an analysis without colours to wear ranks by the rest", () => {
  const empty = adviceOf({
    advice: { anything: 1 },
    size_preferences: { default: "m" },
    language: "en",
  });
  assert.deepEqual([empty.wear, empty.avoid], [[], []]);
  const [best] = rank([dress("#14213d", { sizes: ["S"] }), dress("#ffffff")], empty, {}, 1);
  assert.deepEqual([best?.candidate.id, best?.score], ["#ffffff", 1]);
});

Deno.test("advice is read as far as it makes sense", () => {
  const read = adviceOf({
    advice: {
      colours: { wear: [{ name: "navy", hex: "#14213d", lab: [1, 2, 3] }], avoid: "none" },
      necklines: [],
    },
    size_preferences: { Dresses: ["s ", "m"], shoes: 41, tops: "xl" },
    language: "ru-RU",
  });
  assert.deepEqual(read.wear, [advice.wear[0]]);
  assert.deepEqual(read.avoid, []);
  assert.deepEqual([...read.sizes], [["dresses", ["S", "M"]], ["shoes", []], ["tops", ["XL"]]]);
  assert.equal(read.language, "ru");
});

Deno.test("reasons say what speaks for a product, in the person's language", () => {
  const reason = (hex: string, wishes = {}, language: "en" | "ru" = "en") => {
    const [one] = rank([dress(hex)], { ...advice, language }, wishes, 1);
    assert.ok(one);
    return reasonFor(one, { ...advice, language }, wishes);
  };
  assert.equal(
    reason("#14213d", { max_price: 10_000 }),
    "Its colour, blue, is the navy of your palette, it comes in your size M and it costs 50% less than your limit.",
  );
  assert.equal(
    reason("#14213d", { max_price: 10_000 }, "ru"),
    "Цвет «blue» совпадает с цветом «тёмно-синий» вашей палитры, есть ваш размер M и на 50% дешевле вашего предела.",
  );
  assert.match(reason("#f97306"), /colour that you had better avoid/);
  const [bare] = rank([dress("#14213d")], { ...noSizes, wear: [], avoid: [] }, {}, 1);
  assert.ok(bare);
  assert.equal(reasonFor(bare, noSizes, {}), "It is what you asked for.");
});
