import type { SessionReport } from '../../common';
import type { Corpus, Rows } from './corpus';
import { meanOf } from './distances';
import type { Observations } from './figures';
import type { EventSets, EventValues } from './joints';
import type { Field } from './schema';
import type { Measured } from './sequence';
import { sessions } from './streams';
import { NULL } from './table';

/** Events after another of their session that have the id, at least: else its repeats say nothing. */
const MIN_LATER = 20;
/** Training events with both times, at least, before their order is taken for a rule. */
const MIN_TIMES = 100;
const LISTED = 20;

export interface Coherence {
  report: SessionReport;
  ids: Measured;
  idsOver: Observations;
  signIn: Measured;
  signInOver: Observations;
  times: Measured;
}

/** Do the events of a session hang together: the same ids, a sign-in before use, times in order? Floors are held-out events where a share is measured, periods of training where a distance is. */
export function coherence(corpus: Corpus, fields: ReadonlyArray<readonly Field[]>, actions: EventValues, sets: EventSets): Coherence {
  const all = [sets.train, sets.heldout, sets.synthetic, ...sets.floors];
  const cut = all.map((rows) => sessions(corpus, rows));
  const ids = idReports(corpus, fields, cut);
  const signIn = signIns(corpus, actions, cut);
  const times = timeOrders(corpus, fields, sets);
  const [train, heldout, synthetic] = signIn.shares;
  return {
    report: {
      ids: ids.fields,
      sign_in:
        heldout.share === null
          ? undefined
          : {
              actions: signIn.actions,
              before: { train: train.share, heldout: heldout.share, synthetic: synthetic.share },
              sessions: { train: train.sessions, heldout: heldout.sessions, synthetic: synthetic.sessions },
            },
      times: times.broken,
      backwards: times.backwards,
    },
    ids: { value: ids.distance(2), floors: sets.floors.map((_, i) => ids.distance(i + 3)) },
    idsOver: { count: Math.min(ids.later(1), ids.later(2)), of: 'events with an id after another of their session' },
    signIn: { value: heldout.share === null ? null : synthetic.share, floors: [heldout.share] },
    signInOver: { count: Math.min(heldout.sessions, synthetic.sessions), of: 'sessions that use something' },
    times: { value: times.synthetic, floors: [times.heldout] },
  };
}

interface Repeats {
  /** Events of a session that come after another with the field, and those of them with an id that the session had. */
  later: number;
  again: number;
  events: number;
  /** Stretches of events with the same id. */
  runs: number;
  elsewhere: number;
}

function repeatsOf(corpus: Corpus, type: number, { column }: Field, cut: readonly number[][]): Repeats {
  const counts: Repeats = { later: 0, again: 0, events: 0, runs: 0, elsewhere: 0 };
  const sessionsWith = new Map<number, number>();
  const perSession = cut.map((session) => {
    const events = new Map<number, number>();
    let last: number | undefined;
    for (const event of session) {
      if (corpus.type[event] !== type) continue;
      const code = column.at(corpus.row[event]);
      if (code <= NULL) continue;
      counts.events++;
      if (last !== undefined) {
        counts.later++;
        if (events.has(code)) counts.again++;
      }
      if (code !== last) counts.runs++;
      events.set(code, (events.get(code) ?? 0) + 1);
      last = code;
    }
    for (const code of events.keys()) sessionsWith.set(code, (sessionsWith.get(code) ?? 0) + 1);
    return events;
  });
  for (const events of perSession) for (const [code, count] of events) if (sessionsWith.get(code)! > 1) counts.elsewhere += count;
  return counts;
}

function idReports(corpus: Corpus, fields: ReadonlyArray<readonly Field[]>, cut: ReadonlyArray<number[][]>) {
  const measured = fields.flatMap((ofType, type) =>
    ofType
      .filter(({ kind }) => kind === 'id')
      .map((field) => ({ type, field, counts: cut.map((found) => repeatsOf(corpus, type, field, found)) }))
      .filter(({ counts }) => counts[1].later >= MIN_LATER)
  );
  const share = ({ again, later }: Repeats) => (later < MIN_LATER ? null : again / later);
  const difference = (counts: readonly Repeats[], set: number) => {
    const [mine, real] = [share(counts[set]), share(counts[1])];
    return mine === null || real === null ? null : Math.abs(mine - real);
  };
  const shares = (counts: readonly Repeats[], value: (each: Repeats) => number | null) => ({ train: value(counts[0]), heldout: value(counts[1]), synthetic: value(counts[2]) });
  return {
    distance: (set: number) => meanOf(measured.map(({ counts }) => difference(counts, set))),
    later: (set: number) => Math.max(0, ...measured.map(({ counts }) => counts[set].later)),
    fields: measured
      .map(({ type, field, counts }) => ({
        log_type: corpus.tables[type].logType,
        path: field.path,
        repeats: shares(counts, share),
        run_length: shares(counts, ({ events, runs }) => (runs === 0 ? null : events / runs)),
        elsewhere: shares(counts, ({ elsewhere, events }) => (events === 0 ? null : elsewhere / events)),
        floor: meanOf(counts.slice(3).map((_, i) => difference(counts, i + 3))),
        excess: difference(counts, 2) ?? 0,
      }))
      .sort((a, b) => b.excess - a.excess)
      .slice(0, LISTED)
      .map(({ excess: _, ...report }) => report),
  };
}

/** "Sign-in activity", "ConsoleLogin", "UserLoggedIn", "Logon", "authentication"; Windows' 4624. Not "logging". */
const SIGN_IN = /(sign|log|logged)[-_ ]?(in|on)s?(?![a-z])|authenticat|^4624\b/i;
/** Log types of nothing else are named after it. */
const SIGN_IN_LOG = /sign-?in|log-?on|login/i;
const REFUSED = /fail|den(y|ied)|error|refus|\b0x/i;

/** Sessions whose first use of anything comes before a sign-in, of those with a use. */
function signIns(corpus: Corpus, actions: EventValues, cut: ReadonlyArray<number[][]>) {
  const logs = corpus.tables.map(({ logType }) => SIGN_IN_LOG.test(logType));
  const named = actions.names.map((name) => SIGN_IN.test(name));
  const refused = actions.names.map((name) => REFUSED.test(name));
  const kindOf = (event: number): 'sign-in' | 'refused' | 'use' => {
    const action = actions.codes[event];
    if (!logs[corpus.type[event]] && !(action >= 0 && named[action])) return 'use';
    return action >= 0 && refused[action] ? 'refused' : 'sign-in';
  };
  const found = new Map<string, number>();
  for (const session of [...cut[0], ...cut[1]]) {
    for (const event of session) {
      if (kindOf(event) !== 'sign-in') continue;
      const name = actions.codes[event] >= 0 ? actions.names[actions.codes[event]] : corpus.tables[corpus.type[event]].logType;
      found.set(name, (found.get(name) ?? 0) + 1);
    }
  }
  const shares = cut.map((all) => {
    let [sessionsWithUse, before] = [0, 0];
    for (const session of all) {
      const first = session.findIndex((event) => kindOf(event) === 'use');
      if (first < 0) continue;
      sessionsWithUse++;
      if (!session.slice(0, first).some((event) => kindOf(event) === 'sign-in')) before++;
    }
    return { sessions: sessionsWithUse, share: sessionsWithUse === 0 || found.size === 0 ? null : before / sessionsWithUse };
  });
  return { shares, actions: [...found].sort((a, b) => b[1] - a[1]).slice(0, LISTED).map(([name]) => name) };
}

interface Order {
  type: number;
  earlier: string;
  later: string;
  /** Seconds from the one to the other; NaN where one is missing. */
  gap(row: number): number;
}

/** Pairs of times (the event's own is 0) that stand in one order in all training events of their log type. */
function ordersOf(type: number, fields: readonly Field[], train: Rows, timeName: string): Order[] {
  const times = [{ path: timeName, at: () => 0 }, ...fields.filter(({ kind }) => kind === 'time').map(({ path, numbers }) => ({ path, at: (row: number) => numbers![row] }))];
  const orders: Order[] = [];
  for (const a of times) {
    for (const b of times) {
      if (a === b) continue;
      const gap = (row: number) => b.at(row) - a.at(row);
      let [both, apart] = [0, 0];
      const holds = train.every((row) => {
        const seconds = gap(row);
        if (Number.isNaN(seconds)) return true;
        both++;
        if (seconds > 0) apart++;
        return seconds >= 0;
      });
      if (holds && both >= MIN_TIMES && apart > 0) orders.push({ type, earlier: a.path, later: b.path, gap });
    }
  }
  return orders;
}

function timeOrders(corpus: Corpus, fields: ReadonlyArray<readonly Field[]>, sets: EventSets) {
  const backwards = new Set<number>();
  const newest = new Map<number, number>();
  // As written: the index of an event in the corpus.
  for (const event of Int32Array.from(sets.synthetic).sort()) {
    const before = newest.get(corpus.entity[event]);
    if (before !== undefined && corpus.time[event] < before) backwards.add(event);
    else newest.set(corpus.entity[event], corpus.time[event]);
  }
  const orders = fields.flatMap((ofType, type) => ordersOf(type, ofType, corpus.ofType(sets.train, type), 'the event'));
  const breaks = (order: Order, event: number) => corpus.type[event] === order.type && order.gap(corpus.row[event]) < 0;
  const inOrder = (rows: Rows, fine: (event: number) => boolean) => (rows.length === 0 ? null : rows.reduce((sum, event) => sum + (fine(event) && !orders.some((order) => breaks(order, event)) ? 1 : 0), 0) / rows.length);
  const broken = orders
    .map((order) => {
      const share = (rows: Rows) => {
        const ofType = rows.filter((event) => corpus.type[event] === order.type);
        return ofType.length === 0 ? 0 : ofType.filter((event) => breaks(order, event)).length / ofType.length;
      };
      return { log_type: corpus.tables[order.type].logType, earlier: order.earlier, later: order.later, heldout: share(sets.heldout), synthetic: share(sets.synthetic) };
    })
    .filter(({ synthetic }) => synthetic > 0)
    .sort((a, b) => b.synthetic - a.synthetic)
    .slice(0, LISTED);
  return { synthetic: inOrder(sets.synthetic, (event) => !backwards.has(event)), heldout: inOrder(sets.heldout, () => true), broken, backwards: backwards.size };
}
