import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  group: number;
  args: string;
}

/** All processes that run now. */
export function allProcesses(): Process[] {
  return existsSync('/proc/self/stat') ? fromProc() : fromPs();
}

/** A bare Linux has no `ps`. */
function fromProc(): Process[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      // The second field, the name, is in brackets and may hold anything.
      const [state, parent, group] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group), args }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function fromPs(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,args='], { encoding: 'utf8', maxBuffer: 2 ** 28 }).trim().split('\n');
  return lines.flatMap((line) => {
    const [pid, parent, group, state, ...args] = line.trim().split(/\s+/);
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group), args: args.join(' ') }];
  });
}
