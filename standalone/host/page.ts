const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string) => text.replace(/[&<>"']/g, (c) => ESCAPES[c]);

/** A bird on a branch of a loss curve; drawn here so that the page needs no file but its scripts. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b64dd"/><path d="M6 24c8 0 7-14 13-14 4 0 4 4 7 4-2 1-3 1-3 4 0 4-4 6-8 6" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/><circle cx="20" cy="14" r="1.3" fill="#fff"/></svg>'
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
