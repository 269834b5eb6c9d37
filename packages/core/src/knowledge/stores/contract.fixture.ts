import { afterEach } from 'vitest';
import { chunksContract } from './contract/chunks.fixture.ts';
import { errorsContract } from './contract/errors.fixture.ts';
import { filtersContract } from './contract/filters.fixture.ts';
import { multiVectorContract } from './contract/multiVector.fixture.ts';
import { searchContract } from './contract/search.fixture.ts';
import { sharingContract } from './contract/sharing.fixture.ts';
import { sparseContract } from './contract/sparse.fixture.ts';
import { Stores, type StoreUnderTest } from './contract/stores.fixture.ts';

/** What every store must do. */
export function storeContract(name: string, under: StoreUnderTest): void {
  const stores = new Stores(under);
  afterEach(() => stores.closeAll());
  chunksContract(name, stores);
  filtersContract(name, stores);
  searchContract(name, stores);
  sparseContract(name, stores);
  multiVectorContract(name, stores);
  errorsContract(name, stores);
  sharingContract(name, stores);
}
