import { codecFromJSON, fitCodec, type Codec, type PreparedEvent } from '../../../models/codec';
import { at, drawEvent, seeded, startOf } from './samples';

const START = Date.UTC(2026, 0, 5, 8);
const iso = (time: number): string => new Date(time).toISOString();

/** Events that are made, sent a while later and received after that; the sender's clock is minutes off, so that all three overlap. */
function deliveries(seed: number): PreparedEvent[] {
  const random = seeded(seed);
  let time = START;
  return Array.from({ length: 300 }, () => {
    time += 1000 + Math.floor(random() * 600_000);
    const made = time - Math.floor(random() * 300_000);
    const sent = made + Math.floor(random() ** 3 * 400_000);
    const received = sent + Math.floor(random() ** 3 * 200_000);
    return { entity: 'mailer', time, logType: 'mail', event: { '@timestamp': iso(time), user: 'mailer', received: iso(received), made: iso(made), sent: iso(sent) } };
  });
}

/** Share of events, every bin as likely as any other, whose times do not stand in order. */
function disordered(codec: Codec, stream: readonly PreparedEvent[]): number {
  const random = seeded(9);
  const decoding = startOf(codec, stream, random);
  const events = Array.from({ length: 400 }, () => drawEvent(decoding, random).event);
  const times = events.map((event) => ['made', 'sent', 'received'].map((field) => Date.parse(at(event, field) as string)));
  return times.filter(([made, sent, received]) => made > sent || sent > received).length / times.length;
}

interface Spec {
  types: Array<{ fields: Array<{ timeOrder?: unknown }> }>;
}

describe('times of an event', () => {
  it('stand in the order of all events that were learned from', () => {
    const stream = deliveries(1);
    const codec = fitCodec([stream], { timeField: '@timestamp', entityFields: ['user'], entityNormalise: true });
    // Bins drawn blindly may leave no room between the times before and after: then, and only then, the order is let go.
    expect(disordered(codec, stream)).toBeLessThan(0.05);
    const spec = structuredClone(codec.toJSON()) as Spec;
    for (const field of spec.types[0].fields) delete field.timeOrder;
    expect(disordered(codecFromJSON(spec), stream)).toBeGreaterThan(0.3);
  });

  it('are in no order where some events say otherwise', () => {
    const stream = deliveries(2).map((prepared, i) => (i === 150 ? { ...prepared, event: { ...prepared.event, made: prepared.event.received, received: prepared.event.made } } : prepared));
    const codec = fitCodec([stream], { timeField: '@timestamp', entityFields: ['user'], entityNormalise: true });
    expect((codec.toJSON() as Spec).types[0].fields.every(({ timeOrder }) => timeOrder === undefined)).toBe(true);
  });
});
