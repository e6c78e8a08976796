import { z } from "zod";
import type { AuthAccounts } from "../auth/accounts.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { verifyInitData } from "../telegram/init_data.ts";
import { attachTelegram, telegramUser } from "./telegram_account.ts";

const body = z.strictObject({
  init_data: z.string().min(1).max(8192).describe("Telegram.WebApp.initData, as it is"),
});

const examples = {
  "What the Mini App was opened with": { body: { init_data: exampleIds.initData } },
};

const account = z.object({
  user_id: z.uuid(),
  telegram_id: z.int(),
  username: z.string().nullable(),
  language_code: z.string(),
});

const session = account.extend({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.string(),
  expires_in: z.int().describe("Seconds"),
  expires_at: z.int().optional().describe("Seconds since 1970"),
});

/** `POST /` signs a Telegram account in; `POST /link` makes it the account of a signed-in user. */
export function telegramSignInRoutes(botToken: string, accounts: AuthAccounts): Route[] {
  return [signInRoute(botToken, accounts), linkRoute(botToken)];
}

function signInRoute(botToken: string, accounts: AuthAccounts): Route {
  return route({
    method: "POST",
    path: "/",
    auth: "anyone",
    summary: "Sign in with a Mini App's initData: the same user each time, made on first contact.",
    limit: { calls: 60, seconds: 60 },
    examples,
    body,
    answers: { 200: session },
    async handle({ body, service, log }) {
      const { person, ...proof } = await verifyInitData(body.init_data, botToken);
      const user = await telegramUser(service, accounts, person.telegram_id, proof);
      const signedIn = await accounts.signIn(user.email);
      try {
        // Last, so that whatever failed before it leaves the initData good for another try.
        const { linked, ...account } = await attachTelegram(service, user.user_id, person, proof);
        log.info("telegram_sign_in", { user_id: account.user_id, first: linked });
        const { access_token, refresh_token, token_type, expires_in, expires_at } = signedIn;
        return {
          status: 200,
          body: { ...account, access_token, refresh_token, token_type, expires_in, expires_at },
        };
      } catch (reason) {
        await accounts.signOut(signedIn);
        throw reason;
      }
    },
  });
}

function linkRoute(botToken: string): Route {
  return route({
    method: "POST",
    path: "/link",
    auth: "user",
    summary: "Make a Telegram account the caller's, once and for good.",
    limit: { calls: 10, seconds: 60 },
    examples,
    body,
    answers: { 200: account },
    async handle({ body, service, userId }) {
      const { person, ...proof } = await verifyInitData(body.init_data, botToken);
      const { linked: _, ...account } = await attachTelegram(service, userId, person, proof);
      return { status: 200, body: account };
    },
  });
}
