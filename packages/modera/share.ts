import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { signedAddress, type Storage } from "../storage/storage.ts";
import { resultsBucket } from "./pictures.ts";

/** How long the address of a shared picture serves it, in seconds: a revoked link is dead that soon. */
const pictureSeconds = 60;

const state = z.enum(["open", "revoked", "expired"]);

const share = z.object({
  share_id: z.uuid(),
  try_on_id: z.uuid(),
  state,
  created_at: z.string(),
  expires_at: z.string(),
  revoked_at: z.string().nullable(),
});

const opened = share.extend({
  url: z.url().describe("The link: whoever has it may see the picture. It is told this once"),
});

const picture = z.object({
  url: z.url().describe("Serves the picture for a minute"),
  expires_at: z.string().describe("When the link runs out"),
});

/**
 * Links to a try-on's picture: its owner opens (`POST /`), lists (`GET /`) and revokes
 * (`DELETE /:id`) them; whoever has the token of one (`GET /picture/:token`) learns the picture and
 * nothing else.
 *
 * @param publicUrl the address of this function, as people reach it.
 */
export function shareRoutes(storage: Storage, publicUrl: string): Route[] {
  return [openRoute(publicUrl), listRoute, revokeRoute, followRoute(storage)];
}

function openRoute(publicUrl: string): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: "Open a link by which anybody may see the picture of a try-on.",
    limit: { calls: 30, seconds: 60 },
    examples: {
      "For an hour": { body: { try_on_id: exampleIds.finishedTryOn, ttl_seconds: 3600 } },
    },
    body: z.strictObject({
      try_on_id: z.uuid(),
      ttl_seconds: z.int().min(60).max(2_592_000).default(604_800),
    }),
    answers: { 201: opened },
    async handle({ db, body }) {
      const answer = await db.rpc("modera", "share_try_on", body);
      const { token, ...made } = readAnswer(share.extend({ token: z.string() }), answer);
      return { status: 201, body: { ...made, url: `${publicUrl}/picture/${token}` } };
    },
  });
}

const listRoute = route({
  method: "GET",
  path: "/",
  auth: "user",
  summary: "The caller's links, newest first.",
  limit: { calls: 300, seconds: 60 },
  examples: { "All of them": {}, "Those of a try-on": { query: { try_on_id: exampleIds.tryOn } } },
  query: z.strictObject({ try_on_id: z.uuid().optional() }),
  answers: { 200: z.object({ shares: z.array(share) }) },
  async handle({ db, query }) {
    const answer = await db.rpc("modera", "shares", { try_on_id: query.try_on_id ?? null });
    return { status: 200, body: { shares: readAnswer(z.array(share), answer) } };
  },
});

const revokeRoute = route({
  method: "DELETE",
  path: "/:id",
  auth: "user",
  summary: "End one of the caller's links at once. May be repeated.",
  limit: { calls: 60, seconds: 60 },
  examples: { "One's own": { params: { id: exampleIds.share } } },
  params: z.object({ id: z.uuid() }),
  answers: { 200: share },
  async handle({ db, params }) {
    const answer = await db.rpc("modera", "revoke_share", { share_id: params.id });
    return { status: 200, body: readAnswer(share, answer) };
  },
});

function followRoute(storage: Storage): Route {
  return route({
    method: "GET",
    path: "/picture/:token",
    auth: "anyone",
    summary: "The picture that somebody shares by this link.",
    limit: { calls: 60, seconds: 60 },
    examples: { "A friend's": { params: { token: exampleIds.shareToken } } },
    params: z.object({ token: z.string().max(128) }),
    answers: { 200: picture },
    async handle({ service, params }) {
      const answer = await service.rpc("modera", "open_share", { token: params.token });
      const { path, expires_at } = readAnswer(
        z.object({ path: z.string(), expires_at: z.string() }),
        answer,
      );
      const url = await signedAddress(storage, { bucket: resultsBucket, path }, pictureSeconds);
      return { status: 200, body: { url, expires_at } };
    },
  });
}
