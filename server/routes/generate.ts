import { LyrebirdError, previewSchema, ROUTES, startGenerateSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { preview, readableModel } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

/** Generated events with identifiers instead of pseudonyms have routes of their own, since they need a privilege of their own. */
export function registerGenerateRoutes(register: Registrar, { jobs, node, limits, pseudonyms, audit }: RouteContext): void {
  for (const revealed of [false, true]) {
    const privilege = revealed ? [PRIVILEGES.generate, PRIVILEGES.reveal] : PRIVILEGES.generate;
    register({
      method: 'post',
      path: revealed ? ROUTES.revealedPreview : ROUTES.preview,
      privilege,
      body: previewSchema,
      handler: ({ client, body, username, signal }) => preview({ node, limits, pseudonyms, audit }, client, { ...body, reveal: mayReveal(body.reveal, revealed) }, signal, username),
    });
    register({
      method: 'post',
      path: revealed ? ROUTES.revealedGenerate : ROUTES.generate,
      privilege,
      body: startGenerateSchema,
      async handler({ client, body, username, signal }) {
        const params = { ...body, reveal: mayReveal(body.reveal, revealed) };
        await readableModel(node, client, body.model_id, body.options, signal);
        return jobs.start(client, 'generate', { params, created_by: username, model_id: body.model_id });
      },
    });
  }
}

function mayReveal(wanted: boolean | undefined, revealed: boolean): boolean {
  if (wanted && !revealed) {
    throw new LyrebirdError('LYREBIRD_FORBIDDEN', 'This address writes pseudonyms only.', `Ask ${ROUTES.revealedGenerate} or ${ROUTES.revealedPreview} for identifiers; it needs the privilege to map pseudonyms back.`);
  }
  return wanted ?? revealed;
}
