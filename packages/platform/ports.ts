import { StartFailure } from "./failure.ts";

/** Below the ports that systems give to outgoing connections, any of which could take one before it is listened on. */
const quiet = { first: 20_000, last: 32_767 };

/**
 * What `listen` makes of the first port of a range on which it can listen.
 * @throws StartFailure when it can on none.
 */
export function onFreePort<T>(first: number, last: number, listen: (port: number) => T): T {
  for (let port = first; port <= last; port++) {
    try {
      return listen(port);
    } catch {
      // Taken, or not for everybody: the next one.
    }
  }
  throw new StartFailure(
    first === last
      ? `Port ${first} is in use; choose another with --port.`
      : `No port from ${first} to ${last} is free.`,
  );
}

/**
 * The first free TCP port from `first` upwards, for a program that cannot choose by itself; 0 means any.
 * @throws StartFailure when a hundred ports in a row are taken.
 */
export function freePort(first: number): number {
  const from = first ||
    quiet.first + Math.floor(Math.random() * (quiet.last - quiet.first - 100));
  return onFreePort(from, from + 99, (port) => {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return port;
  });
}
