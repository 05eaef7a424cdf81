import type { Logger } from 'pino';
import { DEVICES } from '../../common';

export interface NodeOptions {
  /** Default 127.0.0.1. Any other than loopback needs a token of one's own (`token` or `tokenFile`). */
  host?: string;
  /** 0 takes a free one. Default 9280. */
  port?: number;
  /** Datasets, jobs, models and the generated token live here. */
  dataDir: string;
  token?: string;
  /** Created with a random token when missing. Default `<dataDir>/token`. */
  tokenFile?: string;
  /** PEM texts. */
  tls?: { cert: string; key: string };
  /** Devices that jobs and models may use; the first one runs generation and scoring. Default: cpu. */
  devices?: Array<(typeof DEVICES)[number]>;
  /** Threads per model for generation and scoring. */
  threads?: number;
  /** Interrupted jobs go on when the node starts. Default true. */
  autoResume?: boolean;
  logger?: Logger;
  limits?: Partial<NodeLimits>;
}

export interface NodeLimits {
  /** One dataset part, uncompressed bytes. */
  partBytes: number;
  /** One score request, uncompressed bytes. */
  scoreBytes: number;
  /** Models in memory that nothing uses right now. */
  idleModels: number;
  scoreSessions: number;
  sessionIdleSeconds: number;
  /** Generate and score requests at work at the same time; more are LYREBIRD_TOO_BUSY. */
  inferences: number;
  queuedJobs: number;
  heartbeatSeconds: number;
}

export const DEFAULT_LIMITS: NodeLimits = {
  partBytes: 64 * 1024 * 1024,
  scoreBytes: 64 * 1024 * 1024,
  idleModels: 2,
  scoreSessions: 32,
  sessionIdleSeconds: 30 * 60,
  inferences: 8,
  queuedJobs: 100,
  heartbeatSeconds: 15,
};
