import { StartFailure } from "./failure.ts";

/** Below the ports that systems give to outgoing connections, any of which could take one before it is listened on. */
const quiet = { first: 20_000, last: 32_767 };

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
 * The first free TCP port from `first` upwards, for a program that cannot choose by itself; 0 means any.
 * @throws StartFailure when a hundred ports in a row are taken.
 */
export function freePort(first: number): number {
  const from = first ||
    quiet.first + Math.floor(Math.random() * (quiet.last - quiet.first - 100));
  for (let port = from; port < from + 100; port++) if (portIsFree(port)) return port;
  throw new StartFailure(`No port from ${from} to ${from + 99} is free.`);
}
