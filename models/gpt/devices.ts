import { Graph } from '../graph';
import { createSession, float32Tensor, floats, listSupportedBackends, type Device } from './runtime';

let found: Promise<Device[]> | undefined;

/**
 * The devices that can run a model here, found once in a process. An execution provider may be part of the build and still not start
 * (no driver, no library), so each is tried with a model of one addition.
 */
export function availableDevices(): Promise<Device[]> {
  return (found ??= find());
}

async function find(): Promise<Device[]> {
  const names = new Set(listSupportedBackends().map(({ name }) => name));
  const devices: Device[] = ['cpu'];
  for (const device of ['cuda', 'webgpu'] as const) {
    if (names.has(device) && (await starts(device))) devices.push(device);
  }
  return devices;
}

async function starts(device: Device): Promise<boolean> {
  const graph = new Graph('probe');
  const input = graph.input('input', 'float32', [1]);
  graph.output('output', graph.op('Add', [input, input]), 'float32', [1]);
  try {
    const session = await createSession(graph.model(), { device, threads: 1 });
    const { output } = await session.run({ input: float32Tensor(Float32Array.of(21), [1]) });
    await session.release();
    return floats(output)[0] === 42;
  } catch {
    return false;
  }
}
