import { randomBytes } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { DETECTION_RULES, indexOf, loadSample, runRule, simulate, TECHNIQUE_IDS, type Alert } from '../../simulator';
import { testElasticsearch } from '../support/elasticsearch';
import { END } from './sample';

const OPTIONS = { users: 30, days: 12, end: END };
const namespace = `t${randomBytes(5).toString('hex')}`;

let client: Client;
let alerts: Alert[];
/** Events of each attack, and those of none, by id. */
const attacks = new Map<string, { technique: string; events: Set<string> }>();
let normal = 0;

beforeAll(async () => {
  ({ client } = await testElasticsearch());
  for (const { _id, label } of simulate(OPTIONS)) {
    if (!label) {
      normal++;
      continue;
    }
    const attack = attacks.get(label.attack_id) ?? { technique: label.technique, events: new Set<string>() };
    attack.events.add(_id);
    attacks.set(label.attack_id, attack);
  }
  await loadSample(client, OPTIONS, { namespace });
  alerts = (await Promise.all(DETECTION_RULES.map((rule) => runRule(client, rule, { index: indexOf(rule.dataset).replace(/default$/, namespace) })))).flat();
}, 180_000);
afterAll(() => client.close());

test('there are ten, for every technique one at least', () => {
  expect(DETECTION_RULES).toHaveLength(10);
  expect(new Set(DETECTION_RULES.map(({ technique }) => technique))).toEqual(new Set(TECHNIQUE_IDS));
});

test('nearly every attack fires a rule that is meant for it', () => {
  const missed = [...attacks.values()].filter(({ technique, events }) => !alerts.some((alert) => alert.technique === technique && alert.events.some((id) => events.has(id))));
  expect(attacks.size).toBeGreaterThan(40);
  expect(missed.length / attacks.size).toBeLessThan(0.15);
});

test('few of the normal events fire one', () => {
  const ofAttacks = new Set([...attacks.values()].flatMap(({ events }) => [...events]));
  const falsely = new Set(alerts.flatMap(({ events }) => events).filter((id) => !ofAttacks.has(id)));
  expect(falsely.size / normal).toBeLessThan(0.2);
});
