/** Answers the requests for one function. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** A function that was loaded, or the reason why it could not be. */
export type Loaded = { slug: string; handler: Handler } | { slug: string; failure: string };

type Served = Handler | { handler: Handler } | { fetch: Handler };

/**
 * Loads one function's module as the hosted runtime does: its default export has `fetch`, or the
 * module calls `Deno.serve`. Whatever goes wrong is that function's failure alone.
 */
export async function loadFunction(slug: string, entrypoint: string): Promise<Loaded> {
  const serve = Deno.serve;
  let served: Handler | undefined;
  Object.assign(Deno, {
    serve: (...parts: Served[]) => {
      for (const part of parts) served = handlerOf(part) ?? served;
      return { finished: new Promise<void>(() => {}), shutdown: () => Promise.resolve() };
    },
  });
  try {
    const module: { default?: Served } = await import(entrypoint);
    const handler = (module.default && handlerOf(module.default)) ?? served;
    if (handler) return { slug, handler };
    return { slug, failure: "it exports no default { fetch } and does not call Deno.serve" };
  } catch (reason) {
    return {
      slug,
      failure: reason instanceof Error ? reason.stack ?? reason.message : `${reason}`,
    };
  } finally {
    Object.assign(Deno, { serve });
  }
}

function handlerOf(served: Served): Handler | undefined {
  if (typeof served === "function") return served;
  if ("fetch" in served) return (request) => served.fetch(request);
  if ("handler" in served) return served.handler;
  return undefined;
}
