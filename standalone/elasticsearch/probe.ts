import * as http from 'node:http';
import * as https from 'node:https';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to ask an Elasticsearch that does not let everybody ask. */
export interface Access {
  username: string;
  password: string;
  /** PEM of the authority that signed its certificate. */
  ca?: string;
}

/** Asks until our cluster is yellow or green. False when `alive` says no, or after `ms`. */
export async function becomesReady(url: string, access: Access | undefined, alive: () => boolean, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline && alive(); await sleep(150)) {
    try {
      const health = await ask(`${url}/_cluster/health?wait_for_status=yellow&timeout=2s`, access);
      if (health.cluster_name === 'lyrebird' && (health.status === 'yellow' || health.status === 'green')) return true;
    } catch {
      // not listening yet
    }
  }
  return false;
}

async function ask(url: string, access: Access | undefined): Promise<{ cluster_name?: string; status?: string }> {
  const options = { agent: false, ca: access?.ca, auth: access && `${access.username}:${access.password}`, timeout: 5000 };
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = (url.startsWith('https:') ? https : http).get(url, options, resolve);
    request.once('timeout', () => request.destroy(new Error('no answer'))).once('error', reject);
  });
  return (await json(answer)) as { cluster_name?: string; status?: string };
}
