import { messageOf } from "../failure.ts";
import { startRounds } from "../rounds.ts";
import type { Sql } from "../postgres/connect.ts";

/** Sends what net.http_request_queue holds until stopped. */
export interface NetWorker {
  stop(): Promise<void>;
}

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string> | null;
  body: Uint8Array<ArrayBuffer> | null;
  timeout_milliseconds: number;
}

interface Outcome {
  status: number | null;
  contentType: string | null;
  headers: Record<string, string>;
  content: string | null;
  timedOut: boolean | null;
  error: string | null;
}

/** How long answers are kept, as hosted: six hours. */
const keptFor = "6 hours";
const batch = 100;
const longestNap = 1000;

/** Takes requests off the queue once they are committed, sends them, and records the answers. */
export async function startNetWorker(
  superuser: Sql,
  log: (line: string) => void,
): Promise<NetWorker> {
  const sending = new Set<Promise<void>>();
  const abandon = new AbortController();

  async function drain(): Promise<void> {
    for (;;) {
      const requests = await superuser<QueuedRequest[]>`
        delete from net.http_request_queue where id in (
          select id from net.http_request_queue order by id limit ${batch} for update skip locked
        ) returning id, method, url, headers, body, timeout_milliseconds`;
      for (const request of requests) {
        const sent = deliver(superuser, request, abandon.signal)
          .catch((reason) =>
            abandon.signal.aborted || log(`net request ${request.id}: ${messageOf(reason)}`)
          )
          .then(() => void sending.delete(sent));
        sending.add(sent);
      }
      if (requests.length < batch) break;
    }
    await superuser`delete from net._http_response where created < now() - ${keptFor}::interval`;
  }

  const rounds = startRounds(drain, longestNap, (reason) => log(`net: ${messageOf(reason)}`));
  await superuser.listen("platform_net", rounds.wake);

  return {
    async stop() {
      abandon.abort();
      await rounds.stop();
      await Promise.all(sending);
    },
  };
}

async function deliver(superuser: Sql, request: QueuedRequest, abandoned: AbortSignal) {
  const { status, contentType, headers, content, timedOut, error } = await send(request, abandoned);
  await superuser`
    insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
    values (${request.id}, ${status}, ${contentType}, ${
    superuser.json(headers)
  }, ${content}, ${timedOut}, ${error})`;
}

async function send(request: QueuedRequest, abandoned: AbortSignal): Promise<Outcome> {
  const { method, url, headers, body, timeout_milliseconds: timeout } = request;
  const nothing = { status: null, contentType: null, headers: {}, content: null };
  try {
    const answer = await fetch(url, {
      method,
      headers: headers ?? {},
      body: method === "GET" ? null : body,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(timeout), abandoned]),
    });
    return {
      status: answer.status,
      contentType: answer.headers.get("content-type"),
      headers: Object.fromEntries(answer.headers),
      content: await answer.text(),
      timedOut: false,
      error: null,
    };
  } catch (reason) {
    if (reason instanceof DOMException && reason.name === "TimeoutError") {
      const error = `Timeout of ${timeout} ms reached.`;
      return { ...nothing, timedOut: true, error };
    }
    return { ...nothing, timedOut: null, error: messageOf(reason) };
  }
}
