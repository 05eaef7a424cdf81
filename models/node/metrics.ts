import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { JOB_STATES, type Job } from '../../common';

/** Prometheus metrics of one node: counts and times only, never anything from an event. */
export class NodeMetrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: 'lyrebird_http_request_duration_seconds',
    help: 'Time to the end of the answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers: [this.registry],
  });
  readonly events = new Counter({
    name: 'lyrebird_events_total',
    help: 'Events received into datasets, generated and scored.',
    labelNames: ['action'],
    registers: [this.registry],
  });
  readonly skipped = new Counter({
    name: 'lyrebird_events_skipped_total',
    help: 'Events set aside, by reason.',
    labelNames: ['action', 'reason'],
    registers: [this.registry],
  });

  constructor(state: { jobs: () => Job[]; models: () => number; loadedModels: () => number; sessions: () => number }) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'lyrebird_jobs',
      help: 'Jobs by state.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const name of JOB_STATES) this.set({ state: name }, 0);
        for (const job of state.jobs()) this.inc({ state: job.state });
      },
    });
    const gauge = (name: string, help: string, read: () => number) => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    gauge('lyrebird_models', 'Trained models.', state.models);
    gauge('lyrebird_models_loaded', 'Models in memory.', state.loadedModels);
    gauge('lyrebird_score_sessions', 'Scoring sessions.', state.sessions);
  }

  count(action: 'received' | 'generated' | 'scored', events: number, skipped: Record<string, number> = {}): void {
    this.events.inc({ action }, events);
    for (const [reason, n] of Object.entries(skipped)) this.skipped.inc({ action, reason }, n);
  }
}
