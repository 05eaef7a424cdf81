import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Differentiable, Graph, Ops, Tape, int, type Value } from '../../../models/graph';
import { seededNormal } from '../../../models/gpt';

const ROWS = 5;
const WIDTH = 6;

/**
 * The derivative of sum(c * f(x, w)) for fixed c, by the tape and by central differences. Golden tensors check the whole model; these
 * find the operation that is wrong.
 */
async function check(build: (m: Differentiable, x: Value, w: Value) => Value): Promise<void> {
  const graph = new Graph('check');
  const ops = new Ops(graph);
  const tape = new Tape(ops);
  const m = new Differentiable(ops, tape);
  const x = graph.input('x', 'float32', [ROWS, WIDTH]);
  const w = graph.input('w', 'float32', [WIDTH, WIDTH]);
  const c = graph.input('c', 'float32', [ROWS, WIDTH]);
  const output = build(m, x, w);
  tape.accumulate(output, c);
  tape.backward();
  graph.output('loss', ops.sumAll(ops.mul(output, c)), 'float32', []);
  graph.output('dx', tape.gradient(x), 'float32', [ROWS, WIDTH]);
  const session = await InferenceSession.create(graph.model(), { intraOpNumThreads: 1 });

  const normal = seededNormal(5);
  const draw = (length: number) => new Float32Array(length).map(normal);
  const feeds = { x: draw(ROWS * WIDTH), w: draw(WIDTH * WIDTH), c: draw(ROWS * WIDTH) };
  const run = (values: typeof feeds) =>
    session.run({
      x: new Tensor('float32', values.x, [ROWS, WIDTH]),
      // Operations without a weight leave the input out.
      ...(session.inputNames.includes('w') ? { w: new Tensor('float32', values.w, [WIDTH, WIDTH]) } : {}),
      c: new Tensor('float32', values.c, [ROWS, WIDTH]),
    });
  const { dx } = await run(feeds);
  const h = 1e-2;
  let largest = 0;
  for (let i = 0; i < feeds.x.length; i++) {
    const at = async (shift: number) => (await run({ ...feeds, x: feeds.x.map((value, j) => (j === i ? value + shift : value)) })).loss.data[0] as number;
    const numeric = ((await at(h)) - (await at(-h))) / (2 * h);
    expect(Math.abs((dx.data[i] as number) - numeric)).toBeLessThan(5e-3 * (1 + Math.abs(numeric)));
    largest = Math.max(largest, Math.abs(numeric));
  }
  expect(largest).toBeGreaterThan(0.5);
  await session.release();
}

test.each<[string, (m: Differentiable, x: Value, w: Value) => Value]>([
  ['linear', (m, x, w) => m.linear(x, w)],
  ['add', (m, x) => m.add(x, x)],
  ['rmsNorm', (m, x) => m.rmsNorm(x, WIDTH)],
  ['gelu', (m, x) => m.gelu(x)],
  ['linearRelu2', (m, x, w) => m.linearRelu2(x, w)],
  ['a residual block', (m, x, w) => m.add(x, m.gelu(m.linear(m.rmsNorm(x, WIDTH), w)))],
])('%s', (_, build) => check(build));

test('relu lets the gradient through where it is open', async () => {
  const graph = new Graph('relu');
  const ops = new Ops(graph);
  const tape = new Tape(ops);
  const x = graph.input('x', 'float32', [3]);
  const output = new Differentiable(ops, tape).relu(x);
  tape.accumulate(output, graph.input('c', 'float32', [3]));
  tape.backward();
  graph.output('dx', tape.gradient(x), 'float32', [3]);
  const session = await InferenceSession.create(graph.model());
  const tensor = (...values: number[]) => new Tensor('float32', Float32Array.from(values), [3]);
  const { dx } = await session.run({ x: tensor(-1, 0, 2), c: tensor(5, 5, 5) });
  expect([...(dx.data as Float32Array)]).toEqual([0, 0, 5]);
});

test('a loop carries values and collects', async () => {
  const graph = new Graph('main');
  const start = graph.input('start', 'float32', []);
  const count = graph.input('count', 'int64', []);
  const body = new Graph('body', graph);
  body.input('iteration', 'int64', []);
  const goOn = body.input('goOn', 'bool', []);
  const carried = body.input('carried', 'float32', []);
  const doubled = body.op('Mul', [carried, body.scalar(2)]);
  body.yields(body.op('Identity', [goOn]), 'bool', []);
  body.yields(doubled, 'float32', []);
  body.yields(body.op('Add', [doubled, start]), 'float32', []);
  const [last, all] = graph.loop(count, [start], body, 1);
  graph.output('last', last, 'float32', []);
  graph.output('all', all, 'float32', ['K']);
  const session = await InferenceSession.create(graph.model());
  const result = await session.run({ start: new Tensor('float32', Float32Array.of(3), []), count: new Tensor('int64', BigInt64Array.of(3n), []) });
  expect(result.last.data[0]).toBe(24);
  expect([...(result.all.data as Float32Array)]).toEqual([9, 15, 27]);
});

test('what leads nowhere has no gradient, and says so', () => {
  const graph = new Graph('none');
  const tape = new Tape(new Ops(graph));
  expect(() => tape.gradient(graph.op('Cast', [graph.scalar(1)], { to: int(1) }))).toThrow('No gradient reached Cast_');
});
