import { Differentiable, Graph, Ops, Tape, type Value } from '../graph';
import { adamW, type Named } from './adamw';
import { causalAttention } from './attention';
import { channelCount, layerParameter, sideOffsets } from './config';
import { sideLookup, tokenEmbedding } from './embedding';
import { tiedHeadLoss } from './loss';
import { allParameters, type Trained } from './trained';
import type { AdamWOptions, GptConfig } from './types';

/** Inputs of one step: tokens and targets [T, B], side [T, B, S], all int32; weights [T, B]. */
interface StepInputs {
  tokens: Value;
  side: Value | undefined;
  targets: Value;
  weights: Value;
}

/** Emits the forward pass, the loss and the gradient of everything that is trained (`values`, by name). Activations are time-major, row t * B + b of N = T * B. */
export function lossAndGradients(ops: Ops, config: GptConfig, batch: number, trained: Trained, values: Named, inputs: StepInputs): { loss: Value; gradients: Named } {
  const { layers, heads: H, width: d, context: T, skip } = config;
  const B = batch;
  const N = T * B;
  const tape = new Tape(ops);
  const m = new Differentiable(ops, tape);
  const parameters = trained.bind(m, values);
  const side = sideOffsets(config.side);

  const S = config.side.length;
  const channels = inputs.side && ops.reshape(inputs.side, [N, channelCount(config)]);
  const own = channels && config.former ? ops.slice(channels, 1, 0, S) : channels;
  const lookup = own && S > 0 ? sideLookup(m, ops.add(own, int32s(ops.graph, side.offsets)), { rows: N, channels: S, total: side.total }) : undefined;
  const former = channels && config.former ? tokenEmbedding(m, parameters.table('token'), ops.reshape(ops.slice(channels, 1, S, S + 1), [N]), N, d) : undefined;

  let hidden = tokenEmbedding(m, parameters.table('token'), ops.reshape(inputs.tokens, [N]), N, d); // [N, d]
  hidden = addPositions(m, hidden, parameters.table('position'), { T, B, d });
  if (lookup) hidden = m.add(hidden, lookup(parameters.table('side'), d));
  if (former) hidden = m.add(hidden, parameters.linear('former.input', former));

  for (let l = 0; l < layers; l++) {
    const linear = (part: Parameters<typeof layerParameter>[1], input: Value) => parameters.linear(layerParameter(l, part), input);
    const attended = m.rmsNorm(hidden, d);
    const [query, key, value] = (['query', 'key', 'value'] as const).map((part) => linear(part, attended));
    const mixed = causalAttention(m, query, key, value, { T, B, H, D: d / H });
    hidden = m.add(hidden, linear('output', mixed));

    const normed = m.rmsNorm(hidden, d);
    const activated = config.activation === 'relu2' ? parameters.linearRelu2(layerParameter(l, 'expand'), normed) : m.gelu(linear('expand', normed)); // [N, 4d]
    hidden = m.add(hidden, linear('contract', activated));
  }
  hidden = m.rmsNorm(hidden, d);
  if (lookup && skip > 0) {
    const looked = lookup(parameters.table('skip.side'), skip);
    hidden = m.add(hidden, parameters.linear('skip.output', m.relu(former ? m.add(looked, parameters.linear('former.skip', former)) : looked)));
  }
  if (former) hidden = m.add(hidden, parameters.linear('former.output', former));
  const loss = tiedHeadLoss(m, hidden, parameters.table('token'), inputs.targets, ops.reshape(inputs.weights, [N, 1]), N);
  tape.backward();
  const gradients = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tape.gradient(value)]));
  return { loss, gradients };
}

/** hidden [N, d] + positions [T, d], the same for every row of the batch. */
function addPositions({ ops, tape }: Differentiable, hidden: Value, table: Value, { T, B, d }: { T: number; B: number; d: number }): Value {
  const output = ops.reshape(ops.add(ops.reshape(hidden, [T, B, d]), ops.reshape(table, [T, 1, d])), [T * B, d]);
  tape.record(() => {
    const gradient = tape.gradient(output);
    tape.accumulate(hidden, gradient);
    if (tape.wants(table)) tape.accumulate(table, ops.reduceSum(ops.reshape(gradient, [T, B, d]), 1, false));
  });
  return output;
}

function int32s(graph: Graph, values: number[]): Value {
  return graph.initializer('offsets', 'int32', [values.length], Int32Array.from(values));
}

export const STATE = ['weights', 'moment1', 'moment2'] as const;
/** Name of a tensor of the state at the graph's border; what goes in as `x` comes out as `next.x`. */
export const stateName = (kind: (typeof STATE)[number], parameter: string) => `${kind}.${parameter}`;
export const nextName = (name: string) => `next.${name}`;

/**
 * The whole training as one model: a `Loop` over `steps` batches with weights and moments carried from step to step.
 * Inputs: the state; steps (int64 scalar); tokens, targets, lossWeights [K, T, B]; side [K, T, B, S]; learningRates, corrections1,
 * corrections2 [K]. Outputs: the next state; losses and gradientNorms [K].
 */
export function buildTrainingGraph(config: GptConfig, batch: number, optimizer: AdamWOptions, trained: Trained = allParameters(config)): Uint8Array {
  const { context: T } = config;
  const { specs } = trained;
  const channels = channelCount(config);
  const main = new Graph('training');
  const state = STATE.flatMap((kind) => specs.map((spec) => ({ kind, spec, name: stateName(kind, spec.name) })));
  const carried = state.map(({ name, spec }) => main.input(name, 'float32', spec.dims));
  const steps = main.input('steps', 'int64', []);
  const tokens = main.input('tokens', 'int32', ['K', T, batch]);
  const side = channels > 0 ? main.input('side', 'int32', ['K', T, batch, channels]) : undefined;
  const targets = main.input('targets', 'int32', ['K', T, batch]);
  const lossWeights = main.input('lossWeights', 'float32', ['K', T, batch]);
  const [learningRates, corrections1, corrections2] = ['learningRates', 'corrections1', 'corrections2'].map((name) =>
    main.input(name, 'float32', ['K'])
  );

  const body = new Graph('step', main);
  const ops = new Ops(body);
  const iteration = body.input('iteration', 'int64', []);
  const goOn = body.input('goOn', 'bool', []);
  const current: Record<(typeof STATE)[number], Named> = { weights: {}, moment1: {}, moment2: {} };
  for (const { kind, spec, name } of state) current[kind][spec.name] = body.input(`step.${name}`, 'float32', spec.dims);
  const pick = (value: Value) => ops.gather(value, iteration);

  const { loss, gradients } = lossAndGradients(ops, config, batch, trained, current.weights, {
    tokens: pick(tokens),
    side: side && pick(side),
    targets: pick(targets),
    weights: pick(lossWeights),
  });
  const next = adamW(
    ops,
    specs,
    { ...current, gradients, learningRate: pick(learningRates), correction1: pick(corrections1), correction2: pick(corrections2) },
    optimizer
  );
  body.yields(body.op('Identity', [goOn]), 'bool', []);
  for (const { kind, spec } of state) body.yields(next[kind][spec.name], 'float32', spec.dims);
  body.yields(loss, 'float32', []);
  body.yields(next.gradientNorm, 'float32', []);

  const outputs = main.loop(steps, carried, body, 2);
  state.forEach(({ name, spec }, i) => main.output(nextName(name), outputs[i], 'float32', spec.dims));
  main.output('losses', outputs[state.length], 'float32', ['K']);
  main.output('gradientNorms', outputs[state.length + 1], 'float32', ['K']);
  return main.model();
}

/** Loss and gradients of one batch, for checks. Inputs: what is trained, named as the training's, and one batch without the leading K. */
export function buildGradientGraph(config: GptConfig, batch: number, trained: Trained = allParameters(config)): Uint8Array {
  const { context: T } = config;
  const { specs } = trained;
  const graph = new Graph('gradients');
  const parameters: Named = Object.fromEntries(specs.map(({ name, dims }) => [name, graph.input(stateName('weights', name), 'float32', dims)]));
  const { loss, gradients } = lossAndGradients(new Ops(graph), config, batch, trained, parameters, {
    tokens: graph.input('tokens', 'int32', [T, batch]),
    side: channelCount(config) > 0 ? graph.input('side', 'int32', [T, batch, channelCount(config)]) : undefined,
    targets: graph.input('targets', 'int32', [T, batch]),
    weights: graph.input('lossWeights', 'float32', [T, batch]),
  });
  graph.output('loss', loss, 'float32', []);
  for (const { name, dims } of specs) graph.output(`gradient.${name}`, gradients[name], 'float32', dims);
  return graph.model();
}
