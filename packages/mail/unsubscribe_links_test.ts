import assert from "node:assert/strict";
import { unsubscribeLinks } from "./unsubscribe_links.ts";

const digest = "0123456789abcdef".repeat(4);
const meant = { product: "acme", campaignId: crypto.randomUUID(), digest };
const links = unsubscribeLinks("https://a.example.com/f", "s".repeat(32), "https://b.example.com/");

Deno.test("a link means its address and product, and leads to the page where there is one", async () => {
  const { oneClick, page } = await links.of(meant);
  const token = new URL(oneClick).searchParams.get("token")!;
  assert.deepEqual(await links.read(token), meant);
  assert.equal(page, `https://b.example.com/?token=${token}`);
});

Deno.test("a link that was changed, or made with another secret, is none", async () => {
  const { oneClick } = await links.of(meant);
  const token = new URL(oneClick).searchParams.get("token")!;
  const other = await unsubscribeLinks("https://a.example.com/f", "t".repeat(32)).of(meant);
  const forged = [
    "",
    token.replace("acme", "other"),
    token.replace(digest, digest.replace("0", "1")),
    `${token}.x`,
    token.slice(0, -1),
    new URL(other.oneClick).searchParams.get("token")!,
  ];
  for (const one of forged) assert.equal(await links.read(one), null, one);
});
