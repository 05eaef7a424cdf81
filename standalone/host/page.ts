const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string) => text.replace(/[&<>"']/g, (c) => ESCAPES[c]);

/** The bird of `browser/bird.tsx`, in the page itself: it needs no file but its scripts. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b64dd"/><path d="M7 7c1 9 3 13 8 15M12 6c0 8 1 12 5 14M7 7c-2 10 2 18 11 18 5 0 8-3 8-8 0-3-1-5-3-6l3-1-4-2c-3 0-4 2-4 5" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>'
  );

export interface PageOptions {
  /** Folder of the bundle, as the browser sees it. */
  bundles: string;
  /** Handed to the browser side in an element: the policy allows no inline script. */
  metadata: object;
}

/** The one HTML page; everything else is the bundle's. */
export function renderPage({ bundles, metadata }: PageOptions): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="eui-global" />
    <meta name="emotion" />
    <title>Lyrebird</title>
    <link rel="icon" href="${escape(ICON)}" />
    <style>html { background: #f6f9fc; } @media (prefers-color-scheme: dark) { html { background: #07101f; } }</style>
    <script type="module" src="${escape(bundles)}/main.js"></script>
  </head>
  <body>
    <lyrebird-metadata data="${escape(JSON.stringify(metadata))}" hidden></lyrebird-metadata>
    <div id="standalone-shell"></div>
    <noscript>Lyrebird needs JavaScript.</noscript>
  </body>
</html>
`;
}
