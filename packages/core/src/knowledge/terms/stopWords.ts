/** Lucene's English stop words (StandardAnalyzer, Apache-2.0): few, so that no name or abbreviation is lost. */
export const englishStopWords: ReadonlySet<string> = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they ' +
    'this to was will with'
  ).split(' '),
);
