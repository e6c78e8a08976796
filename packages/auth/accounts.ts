import { type AuthError, createClient, type Session } from "@supabase/supabase-js";
import { defaultKey, type ReadEnv } from "../database/from_env.ts";
import { type Problem, problem } from "../http/problem.ts";
import { internalProblem } from "../database/problem.ts";

/** The accounts of Supabase Auth, for a service that has proof of who somebody is. */
export interface AuthAccounts {
  /** Makes a user with this id and address, confirmed and without a password; fine when it is there. */
  create(user: { id: string; email: string }): Promise<void>;
  /** Signs a user in by their address, without a password and without a message to them. */
  signIn(email: string): Promise<Session>;
  /** Ends a session. */
  signOut(session: Session): Promise<void>;
}

const stateless = {
  auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
};

/** What Auth says when another sign-in of the same user at the same moment took the link away. */
const linkTaken = "otp_expired";
/** Each makes a new link. */
const signInTries = 10;

/** Milliseconds, times the tries so far, within which those who met try again, each at their own moment. */
const longestPause = 250;

/**
 * Auth as the environment describes it (SUPABASE_URL, SUPABASE_PUBLISHABLE_KEYS, SUPABASE_SECRET_KEYS).
 *
 * @throws Error naming the variable that is missing; the accounts' functions throw Problem
 * `provider_unavailable` (503) when Auth does not answer, `forbidden` (403) for a banned user.
 */
export function authAccountsFromEnv(read: ReadEnv = (name) => Deno.env.get(name)): AuthAccounts {
  const url = read("SUPABASE_URL");
  if (!url) throw new Error("The environment lacks SUPABASE_URL.");
  const publishableKey = defaultKey("SUPABASE_PUBLISHABLE_KEYS", read);
  const { admin } = createClient(url, defaultKey("SUPABASE_SECRET_KEYS", read), stateless).auth;
  return {
    async create({ id, email }) {
      const { error } = await admin.createUser({ id, email, email_confirm: true });
      if (error && error.code !== "email_exists") throw authProblem(error);
    },
    async signIn(email) {
      for (let tries = 1;; tries++) {
        const link = await admin.generateLink({ type: "magiclink", email });
        if (link.error) throw authProblem(link.error);
        const { hashed_token } = link.data.properties;
        // A client of its own: it keeps the session, and must not be used for anybody else.
        const { data, error } = await createClient(url, publishableKey, stateless).auth
          .verifyOtp({ type: "magiclink", token_hash: hashed_token });
        if (data.session) return data.session;
        if (error?.code !== linkTaken || tries === signInTries) throw authProblem(error);
        const pause = Math.random() * longestPause * tries;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
    async signOut({ access_token }) {
      const { error } = await admin.signOut(access_token, "local");
      if (error) throw authProblem(error);
    },
  };
}

function authProblem(error: AuthError | null): Problem {
  if (error?.code === "user_banned") {
    return problem("forbidden", "This account is closed.", { cause: error });
  }
  const passing = !error?.status || error.status >= 500 || error.status === 429 ||
    error.code === linkTaken;
  if (!passing) return internalProblem(error);
  return problem("provider_unavailable", "Sign-in does not answer now. Try again.", {
    cause: error,
  });
}
