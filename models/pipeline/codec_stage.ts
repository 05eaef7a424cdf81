import { LyrebirdError } from '../../common';
import type { TrainOptions } from '../../common';
import { codecFromJSON, fitCodec, fitTextCodec, techniqueId } from '../codec';
import type { Codec, PreparedEvent } from '../codec/types';
import { isEnd, withEnd } from '../prepare';
import { TokenFileWriter } from '../train';
import { isEndKnown, leftInAttacks, SequenceLengths, sequencesOf } from './attack_sequences';
import { SHARDS, readShard } from './shards';
import { readJson, writeJson } from './stages';
import type { Encoded, Layout, Prepared } from './stages';

/** Events that the codec is learned from; more tell it little that is new. */
const FIT_EVENTS = 60_000;
/** Of a larger dataset, stretches of this many events of one entity: order and gaps stay visible. */
const STRETCH = 100;

/**
 * Splits a stream at the cutoff; a session is whole, with its end, on the side that it begins on. With nothing before the cutoff (all events at
 * one moment), all is for training.
 */
function split(stream: readonly PreparedEvent[], prepared: Prepared): { train: readonly PreparedEvent[]; heldout: readonly PreparedEvent[] } {
  if (prepared.fields.sessions) {
    const session = withEnd(stream);
    const isTrain = prepared.cutoff <= prepared.from || stream[0].time < prepared.cutoff;
    return isTrain ? { train: session, heldout: [] } : { train: [], heldout: session };
  }
  if (prepared.cutoff <= prepared.from) return { train: stream, heldout: [] };
  let at = stream.findIndex((event) => event.time >= prepared.cutoff);
  if (at === -1) at = stream.length;
  return { train: stream.slice(0, at), heldout: stream.slice(at) };
}

/** Learns the codec from the training part of the streams. */
export async function codecStage(files: Layout, prepared: Prepared, options: TrainOptions): Promise<Codec> {
  const total = prepared.entities.reduce((sum, [, events]) => sum + events, 0);
  const every = Math.max(1, Math.ceil(total / FIT_EVENTS));
  const streams: PreparedEvent[][] = [];
  let stretch = 0;
  for (let shard = 0; shard < SHARDS; shard++) {
    for (const stream of await readShard(files.shards, shard)) {
      const { train } = split(stream, prepared);
      if (every === 1) {
        if (train.length > 0) streams.push([...train]);
        continue;
      }
      for (let i = 0; i < train.length; i += STRETCH) if (stretch++ % every === 0) streams.push(train.slice(i, i + STRETCH));
    }
  }
  const { timeField, otherTimeFields, entityFields, entityNormalise, sessions } = prepared.fields;
  const fit = { timeField, otherTimeFields, entityFields, entityNormalise, sessions };
  const codec = options.tokenizer === 'field' ? fitCodec(streams, fit) : fitTextCodec(streams, { ...fit, kind: options.tokenizer });
  await writeJson(files.codecDraft, codec.toJSON());
  return codec;
}

/** Encodes all streams into token files, the held-out part apart. */
export async function encodeStage(files: Layout, prepared: Prepared): Promise<Encoded> {
  const codec = codecFromJSON(await readJson(files.codecDraft));
  const train = new TokenFileWriter(files.trainTokens);
  const heldout = new TokenFileWriter(files.heldoutTokens);
  const logTypes = new Map<string, { events: number; tokens: number }>();
  const sequences = new SequenceLengths();
  for (let shard = 0; shard < SHARDS; shard++) {
    for (const stream of await readShard(files.shards, shard)) {
      const parts = split(stream, prepared);
      const attacks = sequencesOf(stream);
      sequences.add(attacks);
      const left = leftInAttacks(stream, attacks.filter((_, i) => isEndKnown(i)));
      const codecStream = codec.startStream({ entity: stream[0].entity, time: prepared.fields.sessions ? stream[0].time : prepared.from });
      for (const [writer, events] of [[train, parts.train], [heldout, parts.heldout]] as const) {
        if (events.length === 0) continue;
        writer.startStream(codecStream.entity, codec.bos);
        for (const event of events) {
          const technique = (codecStream.technique = techniqueId(codec, event.technique));
          codecStream.left = left.get(event);
          const { tokens, positions } = codecStream.encode(event);
          writer.event(tokens, positions, technique);
          if (isEnd(event)) continue;
          const counts = logTypes.get(event.logType) ?? logTypes.set(event.logType, { events: 0, tokens: 0 }).get(event.logType)!;
          counts.events++;
          counts.tokens += tokens.length;
        }
      }
    }
  }
  const [ofTrain, ofHeldout] = [train.close(), heldout.close()];
  if (prepared.fields.sessions && ofHeldout.events === 0 && prepared.cutoff > prepared.from) {
    throw new LyrebirdError(
      'LYREBIRD_TOO_FEW_EVENTS',
      `No session begins in the newest part of the data, after ${new Date(prepared.cutoff).toISOString()}: there is none to tell what is normal by.`,
      'Train on more sessions, or hold out a larger share (holdout).'
    );
  }
  // One end a session.
  const ends = (split: { streams: number }) => (prepared.fields.sessions ? split.streams : 0);
  const encoded: Encoded = {
    // Without the BOS record that opens each stream.
    tokens: { train: ofTrain.records - ofTrain.streams, heldout: ofHeldout.records - ofHeldout.streams },
    events: { train: ofTrain.events - ends(ofTrain), heldout: ofHeldout.events - ends(ofHeldout) },
    logTypes: [...logTypes].map(([name, { events, tokens }]) => [name, events, tokens] as [string, number, number]).sort((a, b) => b[1] - a[1]),
    sequences: sequences.listed(),
  };
  await writeJson(files.encoded, encoded);
  return encoded;
}

/** Normal (unlabelled) training events, an array per entity in time order. */
export async function* trainStreams(files: Layout, prepared: Prepared) {
  for (let shard = 0; shard < SHARDS; shard++) {
    for (const stream of await readShard(files.shards, shard)) yield split(stream, prepared).train.filter((event) => event.technique === undefined && !isEnd(event));
  }
}

/** Normal (unlabelled) held-out streams, each with the events before it as context; all streams if nothing is held out. Sessions have their end. */
export async function* heldoutStreams(files: Layout, prepared: Prepared, contextEvents: number) {
  for (let shard = 0; shard < SHARDS; shard++) {
    for (const stream of await readShard(files.shards, shard)) {
      const { train, heldout } = split(stream, prepared);
      const chosen = heldout.length > 0 || prepared.cutoff > prepared.from ? heldout : train;
      const normal = chosen.filter((event) => event.technique === undefined);
      if (normal.length > 0) yield { before: heldout.length > 0 ? train.slice(-contextEvents) : [], events: normal };
    }
  }
}
