import assert from "node:assert/strict";
import { labOfHex } from "./lab.ts";
import { namedColour, namedColours } from "./names.ts";
import { labOfWord, russianName } from "./words.ts";

Deno.test("shops' words are understood in both languages, however they are written", () => {
  for (const word of ["navy", "Dark Blue", "dark-blue", "тёмно-синий", "Темно синий"]) {
    assert.deepEqual(labOfWord(word), namedColour("navy").lab, word);
  }
  assert.deepEqual(labOfWord("light gray"), namedColour("light grey").lab);
  assert.deepEqual(labOfWord("#1A2B3C"), labOfHex("#1a2b3c"));
  assert.deepEqual(labOfWord("RebeccaPurple"), labOfHex("#663399"));
});

Deno.test("what is no colour has none", () => {
  for (const word of ["octarine", "", "transparent", "#12", "rgb(1,2,3)", "constructor"]) {
    assert.equal(labOfWord(word), undefined, word);
  }
});

Deno.test("every name has a Russian word, and each word stands for one colour", () => {
  const words = namedColours.map(({ name }) => russianName(name));
  assert.equal(new Set(words).size, namedColours.length);
  for (const { name, lab } of namedColours) assert.deepEqual(labOfWord(russianName(name)), lab);
});
