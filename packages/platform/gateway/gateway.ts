import type { FunctionHost } from "../functions/supervisor.ts";
import { onFreePort } from "../ports.ts";
import { functionsRoute } from "./functions_route.ts";
import type { Tokens } from "./tokens.ts";

/** What answers behind the gateway's paths. */
export interface Routes {
  rest(request: Request): Promise<Response>;
  auth(request: Request): Promise<Response>;
  storage(request: Request): Promise<Response>;
  functions: FunctionHost;
  tokens: Tokens;
}

/** The one port through which clients reach the platform. */
export interface Gateway {
  port: number;
  /** Answers by these from now on; before, everything is 503. */
  open(routes: Routes): void;
  stop(): Promise<void>;
}

/**
 * Listens on a port of the loopback interface with the paths of a hosted project: on `wanted`, or the next free one
 * unless it must be `exactly` that; 0 lets the system choose. It listens before there is anything behind it, so that
 * nobody takes the port meanwhile.
 * @throws StartFailure when the port, or a hundred in a row, are taken.
 */
export function startGateway(wanted: number, exactly = false): Gateway {
  let routes: Routes | undefined;
  const answer: Deno.ServeHandler<Deno.NetAddr> = (request, { remoteAddr }) =>
    routes
      ? route(request, routes, remoteAddr.hostname)
      : Response.json({ message: "The platform is starting" }, { status: 503 });
  const server = onFreePort(
    wanted,
    exactly || wanted === 0 ? wanted : wanted + 99,
    (port) => Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {}, onError }, answer),
  );
  let stopped: Promise<void> | undefined;
  return {
    port: server.addr.port,
    open: (behind) => void (routes = behind),
    stop: () => stopped ??= shutDown(server),
  };
}

function route(request: Request, routes: Routes, clientAddress: string) {
  const { pathname } = new URL(request.url);
  const [, service, version] = pathname.split("/");
  if (version === "v1") {
    switch (service) {
      case "rest":
        return routes.rest(request);
      case "auth":
        return routes.auth(request);
      case "storage":
        return routes.storage(request);
      case "functions":
        return functionsRoute(request, routes.functions, routes.tokens, clientAddress);
    }
  }
  return Response.json({ message: "no Route matched with those values" }, { status: 404 });
}

function onError(): Response {
  return Response.json({ message: "An unexpected error occurred" }, { status: 500 });
}

/** Lets requests in flight finish for two seconds. */
async function shutDown(server: Deno.HttpServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, 2000));
  await Promise.race([server.shutdown(), patience]);
  clearTimeout(timer);
}
