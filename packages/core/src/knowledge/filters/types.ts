/** A field that can be filtered by, as {@link ../types.ChunkFilter} names it. */
export type FilterField =
  | { readonly kind: 'column'; readonly name: ColumnField }
  | { readonly kind: 'metadata'; readonly key: string };

export type ColumnField = 'id' | 'documentId' | 'source' | 'domain' | 'title' | 'timestamp' | 'boostTags';

export type Scalar = string | number | boolean;

/** A filter that was checked and brought into one form. `eq` on a timestamp holds milliseconds since 1970. */
export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly node: FilterNode }
  | { readonly kind: 'in'; readonly field: FilterField; readonly values: readonly Scalar[] }
  | {
      readonly kind: 'gt' | 'gte' | 'lt' | 'lte';
      readonly field: FilterField;
      readonly value: number | string;
    }
  | { readonly kind: 'contains'; readonly field: FilterField; readonly value: string }
  | { readonly kind: 'exists'; readonly field: FilterField };
