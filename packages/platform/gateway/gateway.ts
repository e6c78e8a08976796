import type { FunctionHost } from "../functions/supervisor.ts";
import { StartFailure } from "../failure.ts";
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
  stop(): Promise<void>;
}

/**
 * Listens on `port` of the loopback interface with the paths of a hosted project.
 * @throws StartFailure when the port is taken.
 */
export function startGateway(port: number, routes: Routes): Gateway {
  try {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {}, onError },
      (request, { remoteAddr }) => route(request, routes, remoteAddr.hostname),
    );
    return { port: server.addr.port, stop: () => shutDown(server) };
  } catch (reason) {
    if (!(reason instanceof Deno.errors.AddrInUse)) throw reason;
    throw new StartFailure(`Port ${port} is in use.`);
  }
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
