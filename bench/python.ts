import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs a script by the Python that `PYTHON` names (python3 without). Where there is none, or a package is missing, the reason instead: the other
 * figures are none the worse for it.
 */
export async function runPython(script: string, args: ReadonlyArray<string | number>): Promise<{ output: string } | { missing: string }> {
  // On a busy machine, threads that spin while they wait for each other slow PyTorch down by an order of magnitude.
  const env = { OMP_WAIT_POLICY: 'passive', ...process.env };
  try {
    const { stdout } = await promisify(execFile)(process.env.PYTHON ?? 'python3', [script, ...args.map(String)], { env });
    return { output: stdout };
  } catch (error) {
    return { missing: error instanceof Error ? error.message.trim().split('\n').at(-1)! : String(error) };
  }
}
