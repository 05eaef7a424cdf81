import { xoroshiro128plus } from 'pure-rand';
import { fitCodec, type Candidates, type Codec, type CodecStream, type DecodeOptions, type EncodedEvent, type Position, type PreparedEvent } from '../../../models/codec';
import type { Json, LogEvent } from '../../../common';

/** Uniform in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.unsafeNext() >>> 0) / 2 ** 32;
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)];
const hex = (length: number, random: () => number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
const START = Date.UTC(2026, 0, 5, 8);

const PLACES = [
  { city: 'Oslo', country: 'NO', lat: 59.91 },
  { city: 'Lyon', country: 'FR', lat: 45.76 },
  { city: 'Porto', country: 'PT', lat: 41.15 },
  { city: 'Graz', country: 'AT', lat: 47.07 },
  { city: 'Turku', country: 'FI', lat: 60.45 },
];

/** Two log types of a small office, with every kind of value and dependency that the codec looks for. */
export function officeStreams(people = 12, perPerson = 120, seed = 7): PreparedEvent[][] {
  const random = seeded(seed);
  return Array.from({ length: people }, (_, person) => {
    const user = `person${String.fromCharCode(97 + person)}`;
    const addresses = [0, 1].map((n) => ({ ip: `10.${person}.${n}.7`, place: PLACES[(person + n) % PLACES.length] }));
    const events: PreparedEvent[] = [];
    let time = START + Math.floor(random() * 3_600_000);
    let session = '';
    let began = '';
    for (let i = 0; i < perPerson; i++) {
      const fresh = i === 0 || random() < 0.15;
      time += fresh ? 3_600_000 + Math.floor(random() * 40 * 3_600_000) : 1000 + Math.floor(random() * 600_000);
      if (fresh) {
        session = `sess-${hex(16, random)}`;
        began = new Date(time - Math.floor(random() * 500_000)).toISOString();
      }
      const { ip, place } = pick(addresses, random);
      if (random() < 0.7) {
        const failed = random() < 0.2;
        events.push({
          entity: user,
          time,
          logType: 'sign-in',
          event: {
            '@timestamp': new Date(time).toISOString(),
            user: { name: user, upn: `${user}@example.com`, display: user.toUpperCase() },
            source: { ip, address: ip, geo: { city_name: place.city, country: place.country, location: { lat: place.lat } } },
            event: { outcome: failed ? 'failure' : 'success', id: hex(32, random), dataset: 'sign-in' },
            session: { id: session, began },
            error: failed ? { code: 50126, reason: 'bad password' } : null,
            took: Math.floor(20 + random() * 3000),
            tags: [],
            extra: {},
          },
        });
      } else {
        // Whole seconds, as the log type prints them.
        time = Math.ceil(time / 1000) * 1000;
        const bucket = pick(['logs', 'backup', 'website'], random);
        const key = `reports/2026/${hex(3, random)}.csv`;
        events.push({
          entity: user,
          time,
          logType: 'audit',
          event: {
            eventTime: new Date(time).toISOString().replace('.000Z', 'Z'),
            '@timestamp': new Date(time).toISOString(),
            arn: `arn:aws:iam::1234:user/${user}`,
            action: pick(['GetObject', 'PutObject', 'ListBuckets'], random),
            request: { bucketName: bucket, key },
            request_text: `{bucketName=${bucket}, key=${key}}`,
            groups: [{ name: 'staff' }, { name: person % 2 ? 'finance' : 'research' }],
            readOnly: random() < 0.5,
          },
        });
      }
    }
    return events;
  });
}

export const fitOffice = (streams = officeStreams()): Codec => fitCodec(streams, { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true });

/** What JSON makes of it: -0 is 0, undefined is gone. */
export const plain = (event: LogEvent): LogEvent => JSON.parse(JSON.stringify(event)) as LogEvent;

export const startOf = (codec: Codec, stream: readonly PreparedEvent[], random?: () => number): CodecStream =>
  codec.startStream({ entity: stream[0].entity, time: stream[0].time, technique: stream[0].technique, ...(random && { random }) });

export function decodeExactly(stream: CodecStream, encoded: EncodedEvent): { event: LogEvent | undefined; time: number; logType: string } {
  const decoder = stream.decode({ residual: JSON.parse(JSON.stringify(encoded.residual)) as unknown[] });
  encoded.tokens.forEach((token, i) => {
    const { candidates: _, ...position } = decoder.next!;
    // One comparison in a hundred thousand matters; an `expect` for each would take most of the test's time.
    const differs = (Object.keys(position) as Array<keyof Position>).some((name) => position[name] !== encoded.positions[i][name]);
    if (differs) expect({ i, ...position }).toEqual({ i, ...encoded.positions[i] });
    decoder.push(token);
  });
  expect(decoder.next).toBeUndefined();
  return decoder.result();
}

export function chooseToken({ lo, hi, mask }: Candidates, random: () => number): number {
  const allowed: number[] = [];
  for (let token = lo; token < hi; token++) if (!mask || mask[token - lo] === 1) allowed.push(token);
  if (allowed.length === 0) throw new Error(`Nothing may come between ${lo} and ${hi}.`);
  return allowed[Math.floor(random() * allowed.length)];
}

/** Draws an event, every token uniformly among its candidates. */
export function drawEvent(stream: CodecStream, random: () => number, options: DecodeOptions = {}): { event: LogEvent; time: number; logType: string; tokens: number[] } {
  const decoder = stream.decode(options);
  const tokens: number[] = [];
  while (decoder.next) {
    const token = chooseToken(decoder.next.candidates, random);
    tokens.push(token);
    decoder.push(token);
    if (tokens.length > 20_000) throw new Error('The event does not end.');
  }
  const { event, time, logType } = decoder.result();
  return { event: event as LogEvent, time, logType, tokens };
}

/** Value at a list of keys. */
export const at = (event: Json | undefined, ...path: Array<string | number>): Json | undefined =>
  path.reduce<Json | undefined>((value, key) => (typeof value === 'object' && value !== null ? (value as { [key: string]: Json })[key] : undefined), event);
