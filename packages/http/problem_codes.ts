/** One row of the table of problems: the statuses a code comes with, and what it means. */
export interface ProblemCode {
  readonly statuses: readonly number[];
  readonly title: string;
  readonly meaning: string;
}

/** Every code that a caller can meet. Codes are stable; docs/problems.md is this table. */
export const problemCodes = {
  invalid_request: {
    statuses: [400, 422],
    title: "Invalid request",
    meaning: "400: not readable as JSON, or a header is missing. 422: a field has a wrong value; " +
      "`errors` names each.",
  },
  invalid_signature: {
    statuses: [400],
    title: "Invalid signature",
    meaning: "The webhook was not signed by its sender, or too long ago. Nothing was recorded.",
  },
  unauthorized: {
    statuses: [401],
    title: "Unauthorized",
    meaning: "No token or key, or one that is not valid here.",
  },
  init_data_invalid: {
    statuses: [401],
    title: "Init data invalid",
    meaning: "Telegram did not sign this initData for our bot, or it names no person.",
  },
  init_data_expired: {
    statuses: [401],
    title: "Init data expired",
    meaning: "The initData is too old. Open the app in Telegram again.",
  },
  init_data_replayed: {
    statuses: [401],
    title: "Init data replayed",
    meaning: "The initData was used before. Open the app in Telegram again.",
  },
  payment_declined: {
    statuses: [402],
    title: "Payment declined",
    meaning: "The card did not pay; nothing changed. `refusal` is the provider's code. " +
      "The card can be changed on the billing portal.",
  },
  insufficient_credits: {
    statuses: [402],
    title: "Insufficient credits",
    meaning: "`required` is more than `available`. The attempt burnt its key.",
  },
  forbidden: {
    statuses: [403],
    title: "Forbidden",
    meaning: "The caller is known, and may not do this.",
  },
  admin_required: {
    statuses: [403],
    title: "Admin required",
    meaning: "The caller is signed in, and does not administer this product.",
  },
  consent_required: {
    statuses: [403],
    title: "Consent required",
    meaning: "The person has not agreed to the use of their photos, or to older terms: " +
      "`purpose` and `version` name those in force.",
  },
  not_found: {
    statuses: [404],
    title: "Not found",
    meaning: "No such route or object, or it is another's.",
  },
  holder_not_found: {
    statuses: [404],
    title: "Holder not found",
    meaning: "Nobody with this id has an account in the product.",
  },
  unknown_product: {
    statuses: [404],
    title: "Unknown product",
    meaning: "No product has this name.",
  },
  unknown_plan: {
    statuses: [404],
    title: "Unknown plan",
    meaning: "The product has no such plan, or does not sell it in this currency.",
  },
  unknown_offer: {
    statuses: [404],
    title: "Unknown offer",
    meaning: "The product does not sell this offer in this currency.",
  },
  unknown_feature: {
    statuses: [404],
    title: "Unknown feature",
    meaning: "The product has no price for this feature.",
  },
  unknown_partner: {
    statuses: [404],
    title: "Unknown partner",
    meaning: "No partner has this code.",
  },
  no_matching_products: {
    statuses: [404],
    title: "No matching products",
    meaning: "No partner has a product like this that was not recommended before. " +
      "Nothing was charged.",
  },
  unknown_recommendation: {
    statuses: [404],
    title: "Unknown recommendation",
    meaning: "This partner was sent nobody by a recommendation with this id.",
  },
  unknown_purchase: {
    statuses: [404],
    title: "Unknown purchase",
    meaning: "The partner did not report a purchase of this order before.",
  },
  input_not_found: {
    statuses: [404, 409],
    title: "Input not found",
    meaning: "No file of the caller's own folder has this path, or the file is not in Storage yet.",
  },
  method_not_allowed: {
    statuses: [405],
    title: "Method not allowed",
    meaning: "The route exists with other methods: see `Allow`.",
  },
  idempotency_conflict: {
    statuses: [409],
    title: "Idempotency conflict",
    meaning: "The Idempotency-Key was used for another request.",
  },
  chain_impossible: {
    statuses: [422],
    title: "Chain impossible",
    meaning: "The operations cannot be done in this order, or one of them waits for itself.",
  },
  illegal_transition: {
    statuses: [409],
    title: "Illegal transition",
    meaning: "The object's state does not allow this move.",
  },
  partner_name_taken: {
    statuses: [409],
    title: "Partner name taken",
    meaning: "Another partner has this name.",
  },
  import_running: {
    statuses: [409],
    title: "Import running",
    meaning: "Another import of the same partner is not finished: `import_id`.",
  },
  analysis_not_completed: {
    statuses: [409],
    title: "Analysis not completed",
    meaning: "The style analysis has no result, so nothing can be recommended by it.",
  },
  already_received: {
    statuses: [409],
    title: "Already received",
    meaning: "A message with this id was received before. Nothing was changed again.",
  },
  already_purchased: {
    statuses: [409],
    title: "Already purchased",
    meaning: "The purchase was reported before: there is one commission for a recommendation, " +
      "and one for a product of an order.",
  },
  not_clicked: {
    statuses: [409],
    title: "Not clicked",
    meaning: "Nobody followed the recommendation's link, so it earned no purchase.",
  },
  commission_closed: {
    statuses: [409],
    title: "Commission closed",
    meaning:
      "The commission was reversed before, or its 14 days for returns are over: see `state`.",
  },
  hold_resolved: {
    statuses: [409],
    title: "Hold resolved",
    meaning: "The hold was captured, released or expired before: see `state`.",
  },
  hold_expired: {
    statuses: [409],
    title: "Hold expired",
    meaning: "The hold's time is over and its credits are free again.",
  },
  refund_exceeds_entry: {
    statuses: [409],
    title: "Refund exceeds entry",
    meaning: "All refunds of an entry together would exceed it.",
  },
  export_in_progress: {
    statuses: [409],
    title: "Export in progress",
    meaning: "An export of the caller's data is being made already: see `export_id`.",
  },
  consent_outdated: {
    statuses: [409],
    title: "Consent outdated",
    meaning: "Other terms are in force by now: see `version`.",
  },
  version_conflict: {
    statuses: [409],
    title: "Version conflict",
    meaning: "Somebody else changed it meanwhile: `version` is the one it has now.",
  },
  invoice_expired: {
    statuses: [409],
    title: "Invoice expired",
    meaning: "The invoice can no longer be paid. Start again with a new Idempotency-Key.",
  },
  account_leaving: {
    statuses: [409],
    title: "Account leaving",
    meaning: "The caller asked for their account to be erased, so nothing new is sold to them. " +
      "Keep the account first.",
  },
  already_subscribed: {
    statuses: [409],
    title: "Already subscribed",
    meaning: "The caller has a subscription in this product: change its plan instead.",
  },
  subscription_required: {
    statuses: [409],
    title: "Subscription required",
    meaning: "The caller has no subscription in this product.",
  },
  subscription_unpaid: {
    statuses: [409],
    title: "Subscription unpaid",
    meaning: "Something of the subscription is not paid: `state`. Pay it on the billing portal.",
  },
  subscription_ending: {
    statuses: [409],
    title: "Subscription ending",
    meaning: "The subscription ends with its period: resume it first.",
  },
  change_scheduled: {
    statuses: [409],
    title: "Change scheduled",
    meaning: "A change of plan waits for the period's end: withdraw it first.",
  },
  customer_required: {
    statuses: [409],
    title: "Customer required",
    meaning: "The payment provider does not know the caller: nothing was paid yet.",
  },
  payment_method_required: {
    statuses: [409],
    title: "Payment method required",
    meaning: "Automatic top-up charges a saved payment method: save one first.",
  },
  invoice_not_paid: {
    statuses: [409],
    title: "Invoice not paid",
    meaning: "Nothing was paid for the invoice, so nothing can go back: see `state`.",
  },
  already_refunded: {
    statuses: [409],
    title: "Already refunded",
    meaning: "All of the payment went back already, or its buyer's bank disputes it.",
  },
  refund_exceeds_payment: {
    statuses: [409],
    title: "Refund exceeds payment",
    meaning: "All refunds of a payment together would exceed it: see `refundable`.",
  },
  refund_refused: {
    statuses: [409],
    title: "Refund refused",
    meaning: "The payment provider would not refund; nothing changed. `refusal` is its code.",
  },
  lease_lost: {
    statuses: [409],
    title: "Lease lost",
    meaning: "The job belongs to another worker by now.",
  },
  telegram_taken: {
    statuses: [409],
    title: "Telegram account taken",
    meaning: "The Telegram account belongs to another account.",
  },
  telegram_already_linked: {
    statuses: [409],
    title: "Telegram account already linked",
    meaning: "The caller's account has another Telegram account already.",
  },
  email_required: {
    statuses: [409],
    title: "E-mail required",
    meaning: "The account has no e-mail address, by which it is signed in to.",
  },
  too_many_shares: {
    statuses: [409],
    title: "Too many shares",
    meaning: "A picture has so many open links already. Revoke one first.",
  },
  too_many_pictures: {
    statuses: [409],
    title: "Too many pictures",
    meaning: "The plan, or the collection, keeps no more: see `max_pictures`.",
  },
  too_many_collections: {
    statuses: [409],
    title: "Too many collections",
    meaning: "Nobody has so many collections. Delete one first.",
  },
  format_unavailable: {
    statuses: [409],
    title: "Format unavailable",
    meaning: "The picture cannot be had in this format: see `formats`.",
  },
  share_ended: {
    statuses: [410],
    title: "Share ended",
    meaning: "The link was revoked, has run out, or its picture is gone.",
  },
  link_closed: {
    statuses: [410],
    title: "Link closed",
    meaning: "The shop that the link led to is not a partner any more, or has moved.",
  },
  payload_too_large: {
    statuses: [413],
    title: "Payload too large",
    meaning: "The body or the file is larger than `max_bytes`.",
  },
  unsupported_media_type: {
    statuses: [415],
    title: "Unsupported media type",
    meaning: "The body is not JSON, or the picture is of a kind that is not taken.",
  },
  picture_too_small: {
    statuses: [422],
    title: "Picture too small",
    meaning: "A side of the picture has fewer pixels than `min_side`.",
  },
  picture_too_large: {
    statuses: [422],
    title: "Picture too large",
    meaning: "The picture has more pixels than `max_pixels`.",
  },
  picture_broken: {
    statuses: [422],
    title: "Picture broken",
    meaning: "The file is cut short or damaged.",
  },
  picture_animated: {
    statuses: [422],
    title: "Picture animated",
    meaning: "The file has several frames or pages; a print has one.",
  },
  picture_cmyk: {
    statuses: [422],
    title: "Picture in CMYK",
    meaning: "The picture's colours are not RGB or grey.",
  },
  picture_16_bit: {
    statuses: [422],
    title: "Picture of 16 bits",
    meaning: "The picture has more than 8 bits a channel.",
  },
  picture_heic: {
    statuses: [422],
    title: "Picture in HEIC",
    meaning: "HEIC is not taken: save the picture as JPEG or PNG.",
  },
  picture_svg_unsafe: {
    statuses: [422],
    title: "Unsafe SVG",
    meaning:
      "The SVG has a script, an event handler, a foreign object, an entity or a link outside.",
  },
  invalid_amount: {
    statuses: [422],
    title: "Invalid amount",
    meaning: "An amount is a positive whole number.",
  },
  undeclared_variable: {
    statuses: [422],
    title: "Undeclared variable",
    meaning: "A template's words use `variables` that it does not declare. Nothing was saved.",
  },
  missing_variable: {
    statuses: [422],
    title: "Missing variable",
    meaning: "Somebody has no value for `variables` of the template. Nothing was sent.",
  },
  audience_empty: {
    statuses: [422],
    title: "Audience empty",
    meaning: "The campaign would reach nobody. Nothing was scheduled.",
  },
  unsubscribe_link_missing: {
    statuses: [422],
    title: "Unsubscribe link missing",
    meaning: "A campaign's template must show {{unsubscribe_url}} in its HTML and in its text.",
  },
  currency_mismatch: {
    statuses: [422],
    title: "Currency mismatch",
    meaning: "The partner reports in another currency than was agreed.",
  },
  rate_limited: {
    statuses: [429],
    title: "Rate limited",
    meaning: "Too many requests. Try again after `Retry-After` seconds.",
  },
  internal: {
    statuses: [500],
    title: "Internal error",
    meaning: "A fault of ours. The request id finds it in the log.",
  },
  provider_unavailable: {
    statuses: [503],
    title: "Provider unavailable",
    meaning: "A provider does not answer. Nothing was charged; repeat with the same key.",
  },
  vault_unavailable: {
    statuses: [503],
    title: "Vault unavailable",
    meaning: "The database has no Vault, so no secret can be made.",
  },
  database_unavailable: {
    statuses: [503],
    title: "Database unavailable",
    meaning: "The database does not answer. Repeat with the same key.",
  },
} as const satisfies Record<string, ProblemCode>;

/** A code of the table. */
export type Code = keyof typeof problemCodes;
