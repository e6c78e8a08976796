import assert from "node:assert/strict";
import sharp from "sharp";

const root = new URL("../../", import.meta.url).pathname;

Deno.test("the demo of DTF Editor plays to its end, and its sheets are there", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--cached-only", "--allow-all", "demo/demo.ts", "dtf"],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [told, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, failed);
  assert.match(told!, /ledger\.verify\(\): no differences/);
  for (const [sheet, columns] of [["badge", 4], ["press", 5]] as const) {
    const { width, height } = await sharp(`${root}/out/dtf-${sheet}.png`).metadata();
    assert.ok(width > columns * 400 && height > 800, `${sheet}: ${width} × ${height}`);
  }
});
