import assert from "node:assert/strict";
import { version } from "./version.ts";

Deno.test("the version is package.json's", async () => {
  const file = new URL("../../package.json", import.meta.url);
  assert.equal(version, JSON.parse(await Deno.readTextFile(file)).version);
});
