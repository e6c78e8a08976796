import type { Call } from "./client.ts";
import type { ActionOptions, RequestOf } from "./request.ts";

/** What admins can do, signed in as themselves. */
export function admin(call: Call) {
  return {
    /** What is late, waiting or dead. */
    status: () => call("getOpsStatus", {}),
    /** What a range of days came to. */
    summary: (query: RequestOf<"getAdminSummary">) => call("getAdminSummary", query),
    deadLetters: {
      list: (query: RequestOf<"getDeadLetters"> = {}) => call("getDeadLetters", query),
      replay: (which: RequestOf<"postDeadLettersByTypeByIdReplay">) =>
        call("postDeadLettersByTypeByIdReplay", which),
      discard: (which: RequestOf<"postDeadLettersByTypeByIdDiscard">) =>
        call("postDeadLettersByTypeByIdDiscard", which),
    },
    /** Asks the payment provider for what never arrived. */
    reconciliation: {
      start: (request: RequestOf<"postReconciliation"> = {}, how?: ActionOptions) =>
        call("postReconciliation", request, how),
      get: (id: string) => call("getReconciliationById", { id }),
    },
    /** Refunds an invoice, all or in part. */
    refund: (request: RequestOf<"postInvoiceRefund">, how?: ActionOptions) =>
      call("postInvoiceRefund", request, how),
    settings: {
      list: (query: RequestOf<"getSettings">) => call("getSettings", query),
      change: (request: RequestOf<"putSettingsByKey">) => call("putSettingsByKey", request),
      history: (query: RequestOf<"getSettingsByKeyHistory">) =>
        call("getSettingsByKeyHistory", query),
    },
    /** What is sold, and for how much. */
    catalogue: {
      putPrice: (request: RequestOf<"putCataloguePrices">) => call("putCataloguePrices", request),
      putRate: (request: RequestOf<"putCatalogueRates">) => call("putCatalogueRates", request),
      /** Sells an offer no more; open invoices stay payable. */
      withdraw: (query: RequestOf<"deleteCatalogueOffersByOffer">) =>
        call("deleteCatalogueOffersByOffer", query),
    },
    partners: {
      list: () => call("getPartners", {}),
      put: (request: RequestOf<"putPartnersByCode">) => call("putPartnersByCode", request),
      /** A new secret for a partner's postbacks, told this once. */
      newSecret: (request: RequestOf<"postPartnersByCodeSecret">) =>
        call("postPartnersByCodeSecret", request),
    },
    feeds: {
      start: (request: RequestOf<"postPartnerFeed">, how?: ActionOptions) =>
        call("postPartnerFeed", request, how),
      get: (id: string) => call("getPartnerFeedById", { id }),
      /** Why rows were refused, page by page. */
      errors: (query: RequestOf<"getPartnerFeedByIdErrors">) =>
        call("getPartnerFeedByIdErrors", query),
    },
  };
}
