/**
 * The ids, and what stands for something signed, in the examples of the API's description. The test
 * that sends the examples puts those of its own world in their place.
 */
export const exampleIds = {
  user: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10001",
  tryOn: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10002",
  styleAnalysis: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10010",
  deadJob: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10003",
  reconciliation: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10004",
  operations: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10031",
  image: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10020",
  uploadedImage: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10021",
  collection: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10022",
  publicCollection: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10023",
  session: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10005",
  finishedTryOn: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10006",
  offer: "holiday-pack",
  cost: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10013",
  share: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10007",
  paidInvoice: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10011",
  shareToken: "shr_6f1d0c2a95b84e37a0d4c8e21b7f3905",
  export: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10008",
  partner: "north-shop",
  feedImport: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10009",
  analysis: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e1000a",
  recommendation: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e1000b",
  clickToken: "6f1d0c2a95b84e37a0d4c8e21b7f39056f1d0c2a95b84e37a0d4c8e21b7f3905",
  template: "spring-news",
  newTemplate: "summer-news",
  campaign: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10012",
  unsubscribeToken: "modera.4f1b8c52-9a07-4b7e-8c1d-7e0f5a2d9b36.9a3c5e70.51d2",
  initData:
    "user=%7B%22id%22%3A42%2C%22first_name%22%3A%22Kim%22%7D&auth_date=1767225600&hash=9f2c",
} as const;
