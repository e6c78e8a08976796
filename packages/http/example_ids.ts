/**
 * The ids that examples in the API's description use. The test that sends the examples puts the ids of
 * its own world in their place.
 */
export const exampleIds = {
  user: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10001",
  tryOn: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10002",
  deadJob: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10003",
  reconciliation: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10004",
  session: "0b9e4c1a-53d7-4f0e-9a61-2c7d88e10005",
} as const;
