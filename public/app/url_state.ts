import { useCallback, useMemo } from 'react';
import { useHistory, useLocation } from 'react-router-dom';

export type UrlState = Readonly<Record<string, string | undefined>>;

/**
 * The page's state in the address' query, so that a page can be linked to and the browser's back button works.
 * `change` merges; an undefined or empty value takes the key away. `replace` adds no step to the history.
 */
export function useUrlState(): [UrlState, (change: UrlState, options?: { replace?: boolean }) => void] {
  const history = useHistory();
  const { search } = useLocation();
  const state = useMemo<UrlState>(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const change = useCallback(
    (changes: UrlState, { replace = false } = {}) => {
      const params = new URLSearchParams(history.location.search);
      for (const [key, value] of Object.entries(changes)) {
        if (value === undefined || value === '') params.delete(key);
        else params.set(key, value);
      }
      const next = params.toString();
      const location = { pathname: history.location.pathname, search: next && `?${next}` };
      if (replace) history.replace(location);
      else history.push(location);
    },
    [history]
  );
  return [state, change];
}

/** Address of a page with its state, below the app's base path. */
export function pagePath(path: string, state: UrlState = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value) params.set(key, value);
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}
