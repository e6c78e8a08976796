/** Texts that have broken other programs: for each string that a route takes. */
export const hostileTexts: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\u202egnp.exe",
  "👩‍👩‍👧‍👦".repeat(50),
  "مرحبا بالعالم",
  "'; drop table ledger.entries; --",
  "$1 %s {{7*7}} ${7*7}",
  "<script>alert(1)</script>",
  "../../../etc/passwd",
  "%2e%2e%2f%00",
  "__proto__",
  "NaN",
  "9".repeat(400),
  "x".repeat(60_000),
];

/** Numbers at the edges, and what is nearly a number. */
export const hostileNumbers: readonly unknown[] = [
  0,
  -0,
  -1,
  0.1,
  1e-300,
  1e308,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  "1",
  null,
  true,
  [],
  {},
];

/** What is neither. */
export const hostileValues: readonly unknown[] = [null, true, [], {}, [[]], { $ne: 1 }];

/** Bodies that are not what they say, as they are sent. */
export const hostileBodies: readonly [string, string | Uint8Array][] = [
  ["nothing", ""],
  ["half of an object", '{"product": '],
  ["two objects", "{}{}"],
  ["a number", "1e9999"],
  ["a list of lists", "[".repeat(20_000) + "]".repeat(20_000)],
  ["objects in objects", '{"a":'.repeat(5_000) + "1" + "}".repeat(5_000)],
  ["a megabyte in one field", JSON.stringify({ product: "x".repeat(1024 * 1024) })],
  ["bytes that are no UTF-8", Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ["a byte order mark", "\ufeff{}"],
  ["a prototype", '{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}'],
];
