import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { signedAddresses, type Storage } from "../storage/storage.ts";
import { imagesBucket, showImages, shownImage } from "./pictures.ts";

/** How long the address of a public picture serves it, in seconds: a collection that is hidden is dark that soon. */
const publicSeconds = 60;

const collection = z.object({
  collection_id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  is_public: z.boolean(),
  pictures: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});

const name = z.string().min(1).max(200);
const description = z.string().min(1).max(2000);
const params = z.object({ id: z.uuid() });
const itemParams = z.object({ id: z.uuid(), image: z.uuid() });
const limit = { calls: 120, seconds: 60 };
const example = { params: { id: exampleIds.collection } };
const itemExample = { params: { id: exampleIds.collection, image: exampleIds.image } };

/** The caller's collections, and public ones, of which anybody sees the pictures and nothing else. */
export function collectionRoutes(storage: Storage): Route[] {
  return [
    listRoute,
    createRoute,
    publicRoute(storage),
    readRoute(storage),
    changeRoute,
    deleteRoute,
    itemRoute("PUT", "put_into_collection", "Put a picture into a collection, once."),
    itemRoute("DELETE", "take_from_collection", "Take a picture out of a collection; it stays."),
  ];
}

const listRoute = route({
  method: "GET",
  path: "/",
  auth: "user",
  summary: "The caller's collections, newest first.",
  limit,
  examples: { "All of them": {} },
  answers: { 200: z.object({ collections: z.array(collection) }) },
  async handle({ db }) {
    const answer = await db.rpc("dtf", "own_collections", {});
    return { status: 200, body: { collections: readAnswer(z.array(collection), answer) } };
  },
});

const createRoute = route({
  method: "POST",
  path: "/",
  auth: "user",
  summary: "Make a collection, private and empty.",
  limit,
  examples: { "For summer": { body: { name: "Summer", description: "Shirts for the festival" } } },
  body: z.strictObject({ name, description: description.optional() }),
  answers: { 201: collection },
  async handle({ db, body }) {
    const request = { name: body.name, description: body.description ?? null };
    const answer = await db.rpc("dtf", "create_collection", request);
    return { status: 201, body: readAnswer(collection, answer) };
  },
});

function readRoute(storage: Storage): Route {
  return route({
    method: "GET",
    path: "/:id",
    auth: "user",
    summary: "One of the caller's collections with its pictures.",
    limit,
    examples: { "One's own": example },
    params,
    answers: { 200: collection.extend({ images: z.array(shownImage) }) },
    async handle({ db, params: { id } }) {
      const answer = await db.rpc("dtf", "own_collection", { collection_id: id });
      const found = readAnswer(collection.extend({ images: z.array(z.unknown()) }), answer);
      return { status: 200, body: { ...found, images: await showImages(storage, found.images) } };
    },
  });
}

const changeRoute = route({
  method: "PATCH",
  path: "/:id",
  auth: "user",
  summary: "Rename or describe a collection, publish it, or hide it again.",
  limit,
  examples: { "Published": { ...example, body: { is_public: true } } },
  params,
  body: z.strictObject({
    name: name.optional(),
    description: description.optional(),
    is_public: z.boolean().optional(),
  }),
  answers: { 200: collection },
  async handle({ db, params: { id }, body }) {
    const { name = null, description = null, is_public = null } = body;
    const changes = { collection_id: id, name, description, is_public };
    const answer = await db.rpc("dtf", "change_collection", changes);
    return { status: 200, body: readAnswer(collection, answer) };
  },
});

const deleted = z.object({ collection_id: z.uuid(), deleted: z.literal(true) });

const deleteRoute = route({
  method: "DELETE",
  path: "/:id",
  auth: "user",
  summary: "Delete a collection; its pictures stay.",
  limit,
  examples: { "One's own": example },
  params,
  answers: { 200: deleted },
  async handle({ db, params: { id } }) {
    const answer = await db.rpc("dtf", "delete_collection", { collection_id: id });
    return { status: 200, body: readAnswer(deleted, answer) };
  },
});

function itemRoute(
  method: "PUT" | "DELETE",
  change: "put_into_collection" | "take_from_collection",
  summary: string,
): Route {
  return route({
    method,
    path: "/:id/images/:image",
    auth: "user",
    summary,
    limit,
    examples: { "One's own": itemExample },
    params: itemParams,
    answers: { 200: collection },
    async handle({ db, params: { id, image } }) {
      const answer = await db.rpc("dtf", change, { collection_id: id, image_id: image });
      return { status: 200, body: readAnswer(collection, answer) };
    },
  });
}

function publicRoute(storage: Storage): Route {
  return route({
    method: "GET",
    path: "/public/:id",
    auth: "anyone",
    summary: "The pictures of a collection that its owner published.",
    limit: { calls: 60, seconds: 60 },
    examples: { "A shop's": { params: { id: exampleIds.publicCollection } } },
    params,
    answers: {
      200: z.object({
        pictures: z.array(z.object({ url: z.url().describe("Serves the picture for a minute") })),
      }),
    },
    async handle({ service, params: { id } }) {
      const answer = await service.rpc("dtf", "public_pictures", { collection_id: id });
      const paths = readAnswer(z.array(z.string()), answer);
      const addresses = await signedAddresses(storage, imagesBucket, paths, publicSeconds);
      const pictures = paths.flatMap((path) => addresses.get(path) ?? []).map((url) => ({ url }));
      return { status: 200, body: { pictures } };
    },
  });
}
