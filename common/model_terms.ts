import { z } from 'zod';

/** Words that all contracts share. */

export const idSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'lower-case letters, digits, ".", "_" and "-", at most 100 characters');

export const MODEL_SIZES = ['tiny', 'small', 'medium', 'large'] as const;
export const TOKENIZERS = ['field', 'bpe', 'char'] as const;
export const DEVICES = ['cpu', 'cuda', 'webgpu'] as const;
