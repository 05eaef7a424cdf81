import { STATUS_CODES } from 'node:http';

/** The body of every error that Kibana's HTTP service answers, as Boom shapes it. */
export interface KibanaErrorBody {
  statusCode: number;
  error: string;
  message: string;
  attributes?: object;
}

export function errorBody(statusCode: number, message: string, attributes?: object): KibanaErrorBody {
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Unknown', message, ...(attributes ? { attributes } : {}) };
}

/** A request that the host itself refuses. */
export class RequestRefused extends Error {
  constructor(
    readonly statusCode: number,
    message: string
  ) {
    super(message);
  }
}
