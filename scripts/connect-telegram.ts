/**
 * Tells Telegram where the webhook of the bot is and what its commands are. Asks the environment for TELEGRAM_BOT_TOKEN,
 * TELEGRAM_WEBHOOK_SECRET and SUPABASE_URL.
 */
import { connectBot } from "../packages/modera/bot/connect.ts";
import { required } from "../packages/payments/stripe_client.ts";
import { telegramFromEnv } from "../packages/telegram/client.ts";

const url = `${required("SUPABASE_URL")}/functions/v1/telegram-webhook`;
await connectBot(telegramFromEnv(), url, required("TELEGRAM_WEBHOOK_SECRET"));
await Deno.stdout.write(new TextEncoder().encode(`The bot's webhook is ${url}\n`));
