import { Component, type ReactNode } from 'react';
import { i18n } from '@kbn/i18n';
import { ErrorCallout } from '../components/error_callout';

/** Keeps a page that breaks while it is drawn from taking the whole app with it, as React would have it. */
export class PageBoundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ErrorCallout title={i18n.translate('lyrebird.page.broken', { defaultMessage: 'This page cannot be shown' })} error={error} onRetry={() => this.setState({ error: undefined })} />;
  }
}
