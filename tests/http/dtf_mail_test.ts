import assert from "node:assert/strict";
import { newUser } from "../harness/platform.ts";
import { mailAbout } from "./mailbox.ts";

Deno.test("who comes to DTF Editor for the first time is welcomed by mail", async () => {
  const user = await newUser();
  const { error } = await user.client.schema("dtf").rpc("ensure_profile");
  assert.equal(error, null);
  const { text } = await mailAbout(user.email, "Welcome to DTF Editor");
  assert.match(text, /underbase/);
});
