import assert from "node:assert/strict";
import { sideBySide } from "../side_by_side.ts";
import { done } from "../guest.ts";
import { uploadPhoto } from "./photo.ts";
import type { Cast } from "./scenario.ts";

/** Consent, a session, the picture, what Robin thinks of it, and a link for friends. */
export async function tryingOn({ step, robin, root, out }: Cast): Promise<void> {
  const { tessera } = robin;
  await step("No photo before consent", async () => {
    const refused = await tessera.tryOn.start({
      product: "modera",
      person_path: `${robin.id}/me.png`,
      garment_path: `${robin.id}/shirt.png`,
    });
    assert.equal(refused.error?.code, "consent_required");
    return [undefined, `${refused.error?.status} ${refused.error?.code}`];
  });
  await step("Robin reads what is asked and agrees", async () => {
    const { consents: [asked] } = done(await tessera.consent.read({ product: "modera" }));
    assert.ok(asked);
    const { version } = asked;
    done(await tessera.consent.give({ product: "modera", purpose: "photos", version }));
    return [undefined, `terms ${version}: ${asked.summary["en"]?.slice(0, 60)}…`];
  });
  await step("A session is opened and cancelled", async () => {
    const session = done(await tessera.session.start({ product: "modera", type: "tryon" }));
    const ended = done(
      await tessera.session.cancel({ product: "modera", session_id: session.session_id }),
    );
    return [undefined, `${session.status} → ${ended.status}, ${await robin.credits()} credits`];
  });
  const tryOn = await step("A garment is tried on", async () => {
    const [person_path, garment_path] = await Promise.all([
      uploadPhoto(robin, `${root}/demo/person.png`),
      uploadPhoto(robin, `${root}/demo/garment.png`),
    ]);
    const begun = done(
      await tessera.tryOn.start({ product: "modera", person_path, garment_path }),
    );
    const ended = done(await tessera.tryOn.wait(begun.try_on_id, { everyMs: 200 }));
    assert.equal(ended.status, "completed", JSON.stringify(ended.failure));
    const png = new Uint8Array(await (await fetch(ended.result_url ?? "")).arrayBuffer());
    const pictures = [`${root}/demo/person.png`, `${root}/demo/garment.png`, png];
    const sheet = await sideBySide([pictures.map((picture) => ({ picture }))]);
    await Deno.writeFile(`${out}/modera-try-on.png`, sheet);
    return [ended, `quality ${ended.quality_score}, ${await robin.credits()} credits`];
  });
  await step("Robin rates it and keeps it", async () => {
    const { data, error } = await robin.supabase.schema("modera").from("virtual_tryons")
      .update({ user_rating: 5, user_feedback: "Fits.", user_saved: true })
      .eq("id", tryOn.try_on_id).select("user_rating, user_saved").single();
    assert.equal(error, null);
    return [undefined, JSON.stringify(data)];
  });
  await step("A link shows the picture to friends, until it is revoked", async () => {
    const shared = done(
      await tessera.share.create({ try_on_id: tryOn.try_on_id, ttl_seconds: 3600 }),
    );
    const seen = await fetch(shared.url);
    await seen.body?.cancel();
    done(await tessera.share.revoke(shared.share_id));
    const later = await fetch(shared.url);
    await later.body?.cancel();
    assert.deepEqual([seen.status, later.status], [200, 410]);
    return [undefined, `${seen.status}, then ${later.status}`];
  });
}
