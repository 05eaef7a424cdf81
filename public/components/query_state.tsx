import type { ReactNode } from 'react';
import { EuiSkeletonText } from '@elastic/eui';
import type { UseQueryResult } from '@tanstack/react-query';
import { ErrorCallout } from './error_callout';

interface QueryStateProps<T> {
  query: UseQueryResult<T>;
  /** Title of the error, should there be one. */
  errorTitle: string;
  children: (data: T) => ReactNode;
}

/** Loading, error or data; an error while older data is there keeps the data on the page. */
export function QueryState<T>({ query, errorTitle, children }: QueryStateProps<T>) {
  return (
    <>
      {query.isError && <ErrorCallout title={errorTitle} error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined ? children(query.data) : !query.isError && <EuiSkeletonText lines={4} data-test-subj="lyrebirdLoading" />}
    </>
  );
}
