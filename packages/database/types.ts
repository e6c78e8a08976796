export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

type JsonFunctions<Names extends string> = {
  [K in Names]: { Args: Record<string, unknown>; Returns: Json };
};

export type Database = {
  api: { Functions: JsonFunctions<string> };
  modera: { Functions: JsonFunctions<string> };
};
