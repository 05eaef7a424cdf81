import { useEffect, useMemo, useState } from 'react';
import { EuiProvider } from '@elastic/eui';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { History } from 'history';
import { Redirect, Route, Router, Switch } from 'react-router-dom';
import type { Observable } from 'rxjs';
import { isRetryable } from '../api/errors';
import type { CoreStart } from '../kibana';
import { AnomaliesPage } from '../pages/anomalies/anomalies_page';
import { EvaluatePage } from '../pages/evaluate/evaluate_page';
import { GeneratePage } from '../pages/generate/generate_page';
import { OverviewPage } from '../pages/overview/overview_page';
import { TrainPage } from '../pages/train/train_page';
import { ServicesProvider } from './core_context';
import { ColorModeProvider } from './color_mode';
import { PATHS } from './paths';

interface AppProps {
  core: CoreStart;
  history: History;
  theme$: Observable<{ darkMode: boolean }>;
}

function useDarkMode(theme$: Observable<{ darkMode: boolean }>): boolean {
  const [dark, setDark] = useState(false);
  useEffect(() => {
    const subscription = theme$.subscribe(({ darkMode }) => setDark(darkMode));
    return () => subscription.unsubscribe();
  }, [theme$]);
  return dark;
}

/** The app in whatever host: translations and colours come from the host, the rest is here. */
export function App({ core, history, theme$ }: AppProps) {
  const dark = useDarkMode(theme$);
  const client = useMemo(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { retry: (failures, error) => failures < 2 && isRetryable(error), refetchOnWindowFocus: false, staleTime: 5_000 },
        },
      }),
    []
  );
  return (
    <core.i18n.Context>
      <EuiProvider colorMode={dark ? 'DARK' : 'LIGHT'} globalStyles={false} utilityClasses={false}>
        <ColorModeProvider dark={dark}>
          <QueryClientProvider client={client}>
            <ServicesProvider core={core}>
              <Router history={history}>
                <Switch>
                  <Route path={PATHS.overview} exact component={OverviewPage} />
                  <Route path={PATHS.train} component={TrainPage} />
                  <Route path={PATHS.generate} component={GeneratePage} />
                  <Route path={PATHS.report} component={EvaluatePage} />
                  <Route path={PATHS.anomalies} component={AnomaliesPage} />
                  <Redirect to={PATHS.overview} />
                </Switch>
              </Router>
            </ServicesProvider>
          </QueryClientProvider>
        </ColorModeProvider>
      </EuiProvider>
    </core.i18n.Context>
  );
}
