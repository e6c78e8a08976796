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
      /** Plans with every version of their prices. */
      plans: (query: RequestOf<"getCataloguePlans">) => call("getCataloguePlans", query),
      changePlan: (request: RequestOf<"patchCataloguePlansByPlan">) =>
        call("patchCataloguePlansByPlan", request),
      putRate: (request: RequestOf<"putCatalogueRates">) => call("putCatalogueRates", request),
      /** Sells an offer no more; open invoices stay payable. */
      withdraw: (query: RequestOf<"deleteCatalogueOffersByOffer">) =>
        call("deleteCatalogueOffersByOffer", query),
    },
    /** A product's people. */
    people: {
      list: (query: RequestOf<"getAdminUsers">) => call("getAdminUsers", query),
      get: (which: RequestOf<"getAdminUsersById">) => call("getAdminUsersById", which),
      /** Closes an account, or opens it again. */
      setActive: (request: RequestOf<"patchAdminUsersById">) =>
        call("patchAdminUsersById", request),
    },
    /** Who did what to what. */
    logs: (query: RequestOf<"getAdminLogs">) => call("getAdminLogs", query),
    /** What was paid month by month. */
    revenue: (query: RequestOf<"getAdminRevenue">) => call("getAdminRevenue", query),
    /** DTF Editor: what providers take for operations, and what is left. */
    operationCosts: {
      list: () => call("getOperationCosts", {}),
      put: (request: RequestOf<"putOperationCosts">) => call("putOperationCosts", request),
      /** Takes one back, as if it had never been written. */
      withdraw: (id: string) => call("deleteOperationCostsById", { id }),
    },
    /** DTF Editor: how operations went in a range of days. */
    operationMetrics: (query: RequestOf<"getOperationMetrics">) =>
      call("getOperationMetrics", query),
    /** Gives a person credits, or takes some back. */
    adjustCredits: (request: RequestOf<"postAdminCredits">, how?: ActionOptions) =>
      call("postAdminCredits", request, how),
    email: {
      templates: {
        list: (query: RequestOf<"getEmailTemplates">) => call("getEmailTemplates", query),
        get: (which: RequestOf<"getEmailTemplatesByName">) =>
          call("getEmailTemplatesByName", which),
        save: (request: RequestOf<"putEmailTemplatesByName">) =>
          call("putEmailTemplatesByName", request),
        setActive: (request: RequestOf<"putEmailTemplatesByNameActive">) =>
          call("putEmailTemplatesByNameActive", request),
        preview: (request: RequestOf<"postEmailTemplatesByNamePreview">) =>
          call("postEmailTemplatesByNamePreview", request),
      },
      campaigns: {
        list: (query: RequestOf<"getEmailCampaigns">) => call("getEmailCampaigns", query),
        draft: (request: RequestOf<"postEmailCampaigns">) => call("postEmailCampaigns", request),
        /** How many people a filter means. */
        count: (request: RequestOf<"postEmailCampaignsAudience">) =>
          call("postEmailCampaignsAudience", request),
        get: (id: string) => call("getEmailCampaignsById", { id }),
        schedule: (request: RequestOf<"postEmailCampaignsByIdSchedule">) =>
          call("postEmailCampaignsByIdSchedule", request),
        cancel: (id: string) => call("postEmailCampaignsByIdCancel", { id }),
      },
      logs: (query: RequestOf<"getEmailLogs">) => call("getEmailLogs", query),
      suppressions: {
        lookup: (request: RequestOf<"postEmailSuppressionsLookup">) =>
          call("postEmailSuppressionsLookup", request),
        add: (request: RequestOf<"postEmailSuppressions">) =>
          call("postEmailSuppressions", request),
        lift: (request: RequestOf<"postEmailSuppressionsLift">) =>
          call("postEmailSuppressionsLift", request),
      },
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
