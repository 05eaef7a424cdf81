import fc from 'fast-check';
import { splitTime } from '../../../models/dataset/line_time';

it.each([
  ['2016-09-28 04:30:30,123 INFO  org.apache.Node: ready', '2016-09-28T04:30:30.123Z', 'INFO  org.apache.Node: ready'],
  ['2016-09-28T04:30:30+02:00 ready', '2016-09-28T02:30:30.000Z', 'ready'],
  ['nova-api.log.1 2017-05-16 00:00:00.008 25746 INFO nova.osapi', '2017-05-16T00:00:00.008Z', 'nova-api.log.1 25746 INFO nova.osapi'],
  ['10.0.0.1 - ada [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200', '2000-10-10T20:55:36.000Z', '10.0.0.1 - ada "GET / HTTP/1.0" 200'],
  ['17/06/09 20:10:40 INFO executor.Executor: Running task', '2017-06-09T20:10:40.000Z', 'INFO executor.Executor: Running task'],
  ['[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok', '2005-12-04T04:47:44.000Z', '[notice] workerEnv.init() ok'],
  ['- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL INFO', '2005-06-03T15:42:50.675Z', '- 1117838570 2005.06.03 R02-M1 R02-M1 RAS KERNEL INFO'],
  ['081109 203518 143 INFO dfs.DataNode: Receiving block blk_-1', '2008-11-09T20:35:18.000Z', '143 INFO dfs.DataNode: Receiving block blk_-1'],
])('%s', (line, time, rest) => expect(splitTime(line)).toEqual({ time, rest }));

it.each(['Jul 17 23:21:54 combo sshd[1]: a time without a year', 'no time', '', '993577 203518 no such date', `${'x'.repeat(200)} 2016-09-28 04:30:30`])('tells none: %s', (line) => expect(splitTime(line)).toBeUndefined());

it('takes nothing but the time, its brackets and the spaces around it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (before, after) => {
      const line = `${before.replace(/\d/g, '')} 2020-02-03T04:05:06Z ${after.replace(/\d/g, '')}`;
      const split = splitTime(line)!;
      expect(split.time).toBe('2020-02-03T04:05:06.000Z');
      expect(split.rest.replace(/\s/g, '')).toBe(line.replace('2020-02-03T04:05:06Z', '').replace(/\s/g, ''));
    })
  );
});
