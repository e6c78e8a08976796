import { createEmulator } from "emulate";
import type { EmulatorOptions, Emulators } from "../contracts.ts";
import { token } from "../keys.ts";
import { freePort } from "../ports.ts";
import { Events } from "./stripe/events.ts";
import { stripeFront } from "./stripe/front.ts";
import { Upstream } from "./stripe/upstream.ts";

/** Starts the emulated Stripe, which posts its signed events to `webhookUrl`, and the emulated Resend. */
export async function startEmulators({ webhookUrl, log }: EmulatorOptions): Promise<Emulators> {
  const secret = `whsec_${token(24)}`;
  const events = new Events(webhookUrl, secret, (line) => log(`stripe: ${line}`));
  let handler: (request: Request) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => handler(request),
  );
  const stripe_url = `http://127.0.0.1:${server.addr.port}`;
  // The emulator's pages and sessions name the front's address.
  const port = freePort(0);
  const stripe = await createEmulator({ service: "stripe", port, baseUrl: stripe_url });
  const mail = await createEmulator({ service: "resend", port: freePort(0) });
  handler = stripeFront(new Upstream(`http://127.0.0.1:${port}`), events).fetch;
  return {
    stripe_url,
    stripe_webhook_secret: secret,
    mail_url: mail.url,
    async stop() {
      events.stop();
      await Promise.all([server.shutdown(), stripe.close(), mail.close()]);
    },
  };
}
