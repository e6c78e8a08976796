/** Where users put pictures, and where results are put for them. Neither is public. */
export const inputsBucket = "modera-inputs";
export const resultsBucket = "modera-results";
