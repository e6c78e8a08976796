/** The secrets of one platform: what hosted projects show under API keys. */
export interface Keys {
  publishable: string;
  secret: string;
  automations: string;
  /** Signs the access tokens of Auth. */
  jwtSecret: string;
}

/** New random keys. */
export function newKeys(): Keys {
  return {
    publishable: `sb_publishable_${token(24)}`,
    secret: `sb_secret_${token(24)}`,
    automations: `sb_secret_${token(24)}`,
    jwtSecret: token(32),
  };
}

/** The keys kept in `file`, so that they survive a restart; made when there are none. */
export async function keptKeys(file: string): Promise<Keys> {
  try {
    return { ...newKeys(), ...JSON.parse(await Deno.readTextFile(file)) };
  } catch (reason) {
    if (!(reason instanceof Deno.errors.NotFound)) throw reason;
  }
  const keys = newKeys();
  await Deno.writeTextFile(file, JSON.stringify(keys, null, 2) + "\n", { mode: 0o600 });
  return keys;
}

/** A random token of `bytes` bytes, in base64url. */
export function token(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Base64url without padding. */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What signs mail's webhooks and links; the same after a restart, so that links still work. */
export function mailSecrets(
  { jwtSecret }: Keys,
): { mail_webhook_secret: string; mail_link_secret: string } {
  return {
    mail_webhook_secret: `whsec_${btoa(`mail events ${jwtSecret}`)}`,
    mail_link_secret: `mail links ${jwtSecret}`,
  };
}
