import { seededUniform } from '../../../models/gpt';

/** What becomes of a block: `whole` is normal; `cut` lacks two of its three deletions, `again` is received five times, `failed` tells of an error that was never seen. */
export type Fate = 'whole' | 'cut' | 'again' | 'failed';

export interface Block {
  id: string;
  fate: Fate;
}

const START = Date.UTC(2026, 0, 5, 8);

/** Lines of a file system's log, one block after the other a minute apart, that name the block in their text alone. */
export function blockLines(blocks: readonly Block[], seed: number): string[] {
  const random = seededUniform(seed);
  const number = (most: number): number => Math.floor(random() * most);
  const host = () => `/10.250.${number(20)}.${number(200)}`;
  return blocks.flatMap(({ id, fate }, i) => {
    let time = START + i * 60_000;
    const line = (text: string): string => {
      time += 1000;
      return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} INFO ${text}`;
    };
    const times = (count: number, write: () => string): string[] => Array.from({ length: count }, () => line(write()));
    return [
      ...times(fate === 'again' ? 5 : 3, () => `dfs.DataXceiver: Receiving block ${id} src: ${host()}:${number(60_000)} dest: ${host()}:50010`),
      ...(fate === 'failed' ? times(1, () => `dfs.DataXceiver: Connection reset by peer while writing ${id} to mirror`) : []),
      ...times(3, () => `dfs.PacketResponder: PacketResponder ${number(3)} for block ${id} terminating`),
      ...times(number(4), () => `dfs.DataXceiver: ${host()}:50010 Served block ${id} to ${host()}`),
      ...times(fate === 'cut' ? 1 : 3, () => `dfs.FSDataset: Deleting block ${id} file /mnt/hadoop/current/${id}`),
    ];
  });
}
