import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceSession, Tensor, listSupportedBackends } from 'onnxruntime-node';
import { LyrebirdError } from '../../common';
import type { SessionOptions } from './types';

export type Device = SessionOptions['device'];

const HINTS = {
  cuda: 'Install the NVIDIA driver, CUDA 12 and cuDNN 9, then "npm rebuild onnxruntime-node" with ONNXRUNTIME_NODE_INSTALL_CUDA=v12; or choose the device "cpu".',
  webgpu: 'Install a GPU driver for Vulkan, Metal or Direct3D 12; or choose the device "cpu".',
};

/** Loads a model. Throws LYREBIRD_UNSUPPORTED when the device's execution provider cannot be started. */
export async function createSession(model: Uint8Array, { device, threads }: SessionOptions): Promise<InferenceSession> {
  if (device === 'cuda' && !existsSync(cudaLibrary())) {
    throw new LyrebirdError('LYREBIRD_UNSUPPORTED', `The device "cuda" needs ${cudaLibrary()}, which is not there.`, HINTS.cuda);
  }
  try {
    return await InferenceSession.create(model, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads ?? availableParallelism(),
      graphOptimizationLevel: 'all',
      // Memory patterns reserve the sum of all shapes seen: more memory, no more speed.
      enableMemPattern: false,
      // Squares of small activations and tails of softmax fall below the normal range, where each product takes a hundred times as long.
      // Small blocks of work, handed out as threads come free: with a busy neighbour, equal shares would all wait for the slowest.
      extra: { session: { set_denormal_as_zero: '1', dynamic_block_base: '4' } },
      logSeverityLevel: 3,
    });
  } catch (cause) {
    if (device === 'cpu') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LyrebirdError('LYREBIRD_UNSUPPORTED', `The device "${device}" could not be started: ${reason}`, HINTS[device], { cause });
  }
}

/** The CUDA provider is no part of the package; its install script fetches it. Looking first spares the runtime's own complaints. */
function cudaLibrary(): string {
  const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin', 'napi-v6', process.platform, process.arch);
  return join(folder, process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so');
}

export const float32Tensor = (data: Float32Array, dims: number[]) => new Tensor('float32', data, dims);
export const int32Tensor = (data: Int32Array, dims: number[]) => new Tensor('int32', data, dims);
export const int64Scalar = (value: number) => new Tensor('int64', BigInt64Array.of(BigInt(value)), []);
export const floats = (tensor: Tensor) => tensor.data as Float32Array;

export { InferenceSession, Tensor, listSupportedBackends };
