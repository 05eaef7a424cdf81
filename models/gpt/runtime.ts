import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor, listSupportedBackends } from 'onnxruntime-node';
import { LyrebirdError } from '../../common';
import type { SessionOptions } from './types';

export type Device = SessionOptions['device'];

/** Loads a model. Throws LYREBIRD_UNSUPPORTED when the device's execution provider cannot be started. */
export async function createSession(model: Uint8Array, { device, threads }: SessionOptions): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads ?? availableParallelism(),
      graphOptimizationLevel: 'all',
      // Memory patterns reserve the sum of all shapes seen: more memory, no more speed.
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
  } catch (error) {
    if (device === 'cpu') throw error;
    throw new LyrebirdError(
      'LYREBIRD_UNSUPPORTED',
      `The ${device} execution provider of onnxruntime could not be started: ${error instanceof Error ? error.message : String(error)}`,
      device === 'cuda'
        ? 'Install the NVIDIA driver, CUDA 12 and cuDNN 9, and the CUDA libraries of onnxruntime-node (npm rebuild onnxruntime-node with ONNXRUNTIME_NODE_INSTALL_CUDA=v12); or choose the device "cpu".'
        : 'Check that the machine has a GPU with a Vulkan, Metal or Direct3D 12 driver; or choose the device "cpu".',
      { cause: error }
    );
  }
}

export const float32Tensor = (data: Float32Array, dims: number[]) => new Tensor('float32', data, dims);
export const int32Tensor = (data: Int32Array, dims: number[]) => new Tensor('int32', data, dims);
export const int64Scalar = (value: number) => new Tensor('int64', BigInt64Array.of(BigInt(value)), []);
export const floats = (tensor: Tensor) => tensor.data as Float32Array;

export { InferenceSession, Tensor, listSupportedBackends };
