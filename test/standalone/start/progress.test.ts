import { Writable } from 'node:stream';
import { createProgress, duration, type Report } from '../../../standalone/start/progress';

/** What would stand on a person's screen, or in a log file. */
function screen(isTTY: boolean) {
  let text = '';
  const stream = Object.assign(new Writable({ write: (chunk: Buffer, _encoding, done) => ((text += chunk.toString()), done()) }), { isTTY, columns: 120, rows: 24 });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}
afterEach(() => void jest.useRealTimers());

it.each([[0.04, '0 s'], [59.94, '59.9 s'], [60, '1 min 0 s'], [119.7, '2 min 0 s'], [3_725, '62 min 5 s']])('writes %p seconds as "%s"', (seconds, text) => expect(duration(seconds)).toBe(text));

it('gives the result of the work and remembers its seconds; stages of one key add up', async () => {
  jest.useFakeTimers();
  const progress = createProgress(screen(false).stream);
  const wait = async (ms: number) => void jest.advanceTimersByTime(ms);
  expect(await progress.stage('load', 'Loading', async () => wait(1_500).then(() => 'result'))).toBe('result');
  await progress.stage('load', 'Loading', () => wait(500));
  await progress.stage('train', 'Learning', () => wait(61_000));
  expect(progress.seconds).toEqual({ load: 2, train: 61 });
});

it('writes a plain line now and then where there is no terminal, with the time left', async () => {
  jest.useFakeTimers();
  const { stream, text } = screen(false);
  await createProgress(stream).stage('train', 'Learning', async (report: Report) => {
    report(0.1, 'too soon');
    jest.advanceTimersByTime(20_000);
    report(0.25, 'loss 2.000 nats');
    report(0.26, 'too soon');
    jest.advanceTimersByTime(20_000);
    report(7, '', 3);
  });
  expect(text().trim().split('\n')).toEqual(['Learning …', 'Learning: 25%, 1 min 0 s left, loss 2.000 nats', 'Learning: 100%, 3 s left', 'Learning: done in 40 s']);
});

it('draws a bar on a terminal, and takes it away whether the work ends well or not', async () => {
  const { stream, text } = screen(true);
  const progress = createProgress(stream);
  const failed = progress.stage('train', 'Learning', async (report) => {
    report(0.5, 'half way', 90);
    while (!text().includes('50%')) await new Promise((resolve) => setTimeout(resolve, 10));
    throw new Error('no more');
  });
  await expect(failed).rejects.toThrow('no more');
  expect(text()).toContain('50% 1 min 30 s left half way');
  expect(text()).not.toContain('done in');
  expect(progress.seconds).toEqual({});
});
