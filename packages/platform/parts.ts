import type { EmulatorOptions, Emulators, StorageOptions, StorageService } from "./contracts.ts";

/** Storage; until the project has it, a service that says so. */
export async function createStorage(options: StorageOptions): Promise<StorageService> {
  const part = await load<{ createStorage(options: StorageOptions): Promise<StorageService> }>(
    "./storage/mod.ts",
  );
  if (part) return await part.createStorage(options);
  const message = "Storage is not part of this platform";
  return { fetch: () => Promise.resolve(Response.json({ message }, { status: 501 })) };
}

/** The emulators of Stripe and Resend; null when the project has none. */
export async function startEmulators(options: EmulatorOptions): Promise<Emulators | null> {
  const part = await load<{ startEmulators(options: EmulatorOptions): Promise<Emulators> }>(
    "./emulators/mod.ts",
  );
  return part ? await part.startEmulators(options) : null;
}

async function load<T>(specifier: string): Promise<T | null> {
  const url = new URL(specifier, import.meta.url);
  const exists = await Deno.stat(url).then(() => true, () => false);
  return exists ? await import(url.href) : null;
}
