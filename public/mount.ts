import type { ReactElement } from 'react';
import ReactDOM from 'react-dom';

interface Root {
  render(element: ReactElement): void;
  unmount(): void;
}
/** React 18 has it, React 17 (Kibana 8) does not; `react-dom/client` cannot be imported where there is only 17. */
type ReactDOM18 = { createRoot?: (container: Element) => Root };

/** Renders into `container` with either React; the returned function takes it down again. */
export function mount(element: ReactElement, container: Element): () => void {
  const { createRoot } = ReactDOM as ReactDOM18;
  if (createRoot) {
    const root = createRoot(container);
    root.render(element);
    return () => root.unmount();
  }
  ReactDOM.render(element, container);
  return () => void ReactDOM.unmountComponentAtNode(container);
}
