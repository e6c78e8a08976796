import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";
import { providerFromEnv } from "../predictions/provider_from_env.ts";
import { type EnsureReady, providerReadiness } from "./provider_ready.ts";
import type { Work, WorkProduct } from "./work.ts";

/**
 * `POST /` begins a kind of work of one of the products, `GET /:id` tells how it stands.
 *
 * @param ensureReady is asked before anything is held; the provider that the environment chooses, unless said.
 */
export function workRoutes<Request extends { product: string }, Started, Found>(
  work: Work<Request, Started, Found>,
  products: readonly WorkProduct<Request, Started, Found>[],
  ensureReady: EnsureReady = providerReadiness(() => providerFromEnv(work.operation)),
): Route[] {
  const offering = (name: string): WorkProduct<Request, Started, Found> => {
    const product = products.find((known) => known.product === name);
    if (product) return product;
    throw problem("unknown_product", `No product with this name offers ${work.plural}.`, {
      extra: { field: "product" },
    });
  };
  const start = route({
    method: "POST",
    path: "/",
    auth: "user",
    summary: work.summaries.start,
    idempotent: true,
    limit: { calls: 30, seconds: 60 },
    examples: work.examples.start,
    body: work.request,
    answers: { 202: work.started },
    async handle({ db, body, idempotencyKey, log }) {
      const product = offering(body.product);
      await ensureReady();
      const started = await product.start(db, body, idempotencyKey);
      const id = work.idOf(started);
      log.info(work.name, { product: product.product, [`${work.name}_id`]: id });
      return { status: 202, headers: { Location: id }, body: started };
    },
  });
  const read = route({
    method: "GET",
    path: "/:id",
    auth: "user",
    summary: work.summaries.read,
    limit: { calls: 300, seconds: 60 },
    examples: work.examples.read,
    params: z.object({ id: z.uuid() }),
    query: z.strictObject({ product: productName.default(products[0]?.product ?? "") }),
    answers: { 200: work.found },
    async handle({ db, params, query }) {
      return { status: 200, body: await offering(query.product).read(db, params.id) };
    },
  });
  return [start, read];
}
