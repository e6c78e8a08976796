import { StartFailure } from "./failure.ts";

/** Whether nothing listens on `port` of the loopback interface. */
function portIsFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

/**
 * The first free TCP port from `first` upwards; 0 asks the system for any.
 * @throws StartFailure when a hundred ports in a row are taken.
 */
export function freePort(first: number): number {
  if (first === 0) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    return port;
  }
  for (let port = first; port < first + 100; port++) if (portIsFree(port)) return port;
  throw new StartFailure(`No port from ${first} to ${first + 99} is free.`);
}

/**
 * The port for the gateway: `wanted`, or the next free one unless it must be exactly that.
 * @throws StartFailure when it must and is taken.
 */
export function claimPort(wanted: number, exactly: boolean): number {
  if (exactly && !portIsFree(wanted)) {
    throw new StartFailure(`Port ${wanted} is in use; choose another with --port.`);
  }
  return freePort(wanted);
}
