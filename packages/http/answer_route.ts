import type { Database, Session } from "../database/database.ts";
import type { Authenticate } from "./authenticate.ts";
import { parseJson, readBody, requireStorable } from "./body.ts";
import type { Logger } from "./log.ts";
import { invalidRequest, problem } from "./problem.ts";
import type { TakeCall } from "./rate_limit.ts";
import type { Answer, Route } from "./route.ts";
import { type Trace, traceparentOf } from "./trace.ts";
import { queryObject, validated } from "./validate.ts";

/** What all routes of an app share. */
export interface Tools {
  slug: string;
  database: Database;
  service: Session;
  authenticate: Authenticate;
  takeCall: TakeCall;
}

/** One request under way. */
export interface Call {
  requestId: string;
  trace: Trace;
  /** Set when the caller is known. */
  bucket: string;
  /** On the performance clock, in milliseconds. */
  startedAt: number;
  log: Logger;
}

const defaultMaxBodyBytes = 64 * 1024;

/**
 * Answers a request by its route: who is it, may they call that often, is everything in the form
 * that was declared, and only then the handler.
 *
 * @throws Problem for all that is wrong with the request.
 */
export async function answerRoute(
  route: Route,
  tools: Tools,
  request: Request,
  pathParams: Record<string, string>,
  call: Call,
): Promise<Response> {
  const { caller, userId, bucket } = await tools.authenticate(request, route.auth);
  call.bucket = bucket;
  if (route.limit && bucket) {
    // Routes of a function share a bucket only where they share a limit.
    const { calls, seconds } = route.limit;
    await tools.takeCall(`${tools.slug}:${bucket}:${calls}/${seconds}`, route.limit);
  }
  const mark = { requestId: call.requestId, traceparent: traceparentOf(call.trace) };
  const db = tools.database.as(caller, mark);
  if (route.auth === "admin") await db.rpc("api", "require_admin", {});
  const idempotencyKey = route.idempotent ? requiredKey(request) : "";
  const search = queryObject(new URL(request.url).searchParams);
  requireStorable({ ...pathParams, ...search });
  const params = route.params ? validated(route.params, pathParams) : {};
  const query = route.query ? validated(route.query, search) : {};
  if (route.body) requireJson(request);
  const rawBody = await readBody(request, route.maxBodyBytes ?? defaultMaxBodyBytes);
  const answer = await route.handle({
    request,
    requestId: call.requestId,
    trace: call.trace,
    log: call.log,
    userId,
    db,
    service: tools.service.marked(mark),
    body: bodyOf(route, rawBody),
    query,
    params,
    idempotencyKey,
    rawBody,
  });
  return toResponse(answer);
}

function bodyOf(route: Route, rawBody: Uint8Array): unknown {
  if (!route.body) return undefined;
  const mayBeAbsent = rawBody.byteLength === 0 && route.body.safeParse(undefined).success;
  return mayBeAbsent ? undefined : validated(route.body, parseJson(rawBody));
}

function requiredKey(request: Request): string {
  const key = request.headers.get("idempotency-key")?.trim() ?? "";
  if (key === "") {
    throw invalidRequest(
      [{
        field: "Idempotency-Key",
        message: "This header is needed: a text that is new for each action.",
      }],
      400,
    );
  }
  if (key.length > 255) {
    throw invalidRequest([{ field: "Idempotency-Key", message: "At most 255 characters." }]);
  }
  return key;
}

function requireJson(request: Request): void {
  if (request.body === null || request.headers.get("content-length") === "0") return;
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ??
    "";
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw problem("unsupported_media_type", "The body must be application/json.");
  }
}

function toResponse(answer: Answer): Response {
  const headers = { "Cache-Control": "no-store", ...answer.headers };
  const init = { status: answer.status, headers };
  if (answer.body === undefined) return new Response(null, init);
  return typeof answer.body === "string"
    ? new Response(answer.body, init)
    : Response.json(answer.body, init);
}
