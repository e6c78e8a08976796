import assert from "node:assert/strict";

Deno.test("npm run check finds nothing: format, lint, types, generated files", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-check", "--cached-only", "--allow-all", "scripts/check.ts"];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  assert.ok(success, new TextDecoder().decode(stdout));
});
