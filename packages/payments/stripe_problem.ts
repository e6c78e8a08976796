import Stripe from "stripe";
import { internalProblem } from "../database/problem.ts";
import { type Problem, problem } from "../http/problem.ts";

/** True when Stripe did not do what was asked, but may when it is asked again. */
export function isTransient(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeAPIError ||
    error instanceof Stripe.errors.StripeRateLimitError ||
    (error instanceof Stripe.errors.StripeIdempotencyError && error.statusCode === 409);
}

/** True when Stripe knows no object by the id that was asked for. */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError &&
    (error.code === "resource_missing" || error.statusCode === 404);
}

/** True when Stripe understood and said no. */
export function isRefused(error: unknown): error is Stripe.errors.StripeInvalidRequestError {
  return error instanceof Stripe.errors.StripeInvalidRequestError;
}

/** What a failed call of Stripe means to the caller: try again, or a fault of ours. */
export function stripeProblem(error: unknown): Problem {
  if (!isTransient(error)) return internalProblem(error);
  return problem("provider_unavailable", "Stripe does not answer. Repeat with the same key.", {
    retryAfterSeconds: 5,
    cause: error,
  });
}
