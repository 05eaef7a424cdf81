import { onnx } from 'onnx-proto';

/**
 * Builds ONNX models as protobuf bytes. A `Graph` is a list of nodes in the order they were emitted, which is a
 * topological order because a node can only name values that exist. Bodies of `Loop` are graphs with a parent: they may
 * read the parent's values by name, as ONNX scoping allows, and share its constants.
 */

/** Name of a tensor within a graph; made by `Graph` only, so that a stray string is a type error. */
export type Value = string & { readonly __value: never };

export type DataType = 'float32' | 'int32' | 'int64' | 'bool';
/** A fixed size or the name of one that is known when the model runs. */
export type Dim = number | string;

const DATA_TYPES: Record<DataType, number> = {
  float32: onnx.TensorProto.DataType.FLOAT,
  int32: onnx.TensorProto.DataType.INT32,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
};

export type Attribute = { int: number } | { float: number } | { ints: number[] } | { text: string } | { graph: Graph };
export type Attributes = Record<string, Attribute>;
export const int = (value: number): Attribute => ({ int: value });
export const float = (value: number): Attribute => ({ float: value });
export const ints = (values: number[]): Attribute => ({ ints: values });
export const text = (value: string): Attribute => ({ text: value });

/** Operators of onnxruntime's own domain; all others are of the standard's. */
const CONTRIB = new Set(['FusedMatMul', 'FastGelu', 'MultiHeadAttention']);

/** Opset 20 and IR version 9: the newest that the pinned onnxruntime runs with every operator used here. */
const OPSET = 20;
const IR_VERSION = 9;

export class Graph {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly initializers: onnx.ITensorProto[] = [];
  private readonly inputs: onnx.IValueInfoProto[] = [];
  private readonly outputs: onnx.IValueInfoProto[] = [];
  private readonly constants = new Map<string, Value>();
  private readonly root: Graph;
  private counter = 0;

  constructor(
    readonly name: string,
    parent?: Graph
  ) {
    this.root = parent?.root ?? this;
  }

  private fresh(prefix: string): Value {
    return `${prefix}_${this.root.counter++}` as Value;
  }

  /** Emits a node with one output. An input that is `undefined` is an optional one left out. */
  op(type: string, inputs: Array<Value | undefined>, attributes: Attributes = {}): Value {
    return this.ops(type, inputs, 1, attributes)[0];
  }

  /** Emits a node with `count` outputs. */
  ops(type: string, inputs: Array<Value | undefined>, count: number, attributes: Attributes = {}): Value[] {
    const outputs = Array.from({ length: count }, () => this.fresh(type));
    this.node(type, inputs, outputs, attributes);
    return outputs;
  }

  private node(type: string, inputs: Array<Value | undefined>, outputs: Value[], attributes: Attributes): void {
    this.nodes.push({
      opType: type,
      name: outputs[0],
      domain: CONTRIB.has(type) ? 'com.microsoft' : '',
      input: inputs.map((value) => value ?? ''),
      output: outputs,
      attribute: Object.entries(attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
    });
  }

  input(name: string, type: DataType, dims: Dim[]): Value {
    this.inputs.push(valueInfo(name, type, dims));
    return name as Value;
  }

  /** Names `value` as an output of the model. */
  output(name: string, value: Value, type: DataType, dims: Dim[]): void {
    this.node('Identity', [value], [name as Value], {});
    this.outputs.push(valueInfo(name, type, dims));
  }

  /** An output of a `Loop` body: they are told apart by their order, so the value keeps its name. */
  yields(value: Value, type: DataType, dims: Dim[]): void {
    this.outputs.push(valueInfo(value, type, dims));
  }

  /** A constant tensor stored in the model. The data is not copied until the model is encoded. */
  initializer(name: string, type: DataType, dims: number[], data: Float32Array | Int32Array | BigInt64Array | Uint8Array): Value {
    const unique = this.fresh(name);
    this.root.initializers.push({
      name: unique,
      dataType: DATA_TYPES[type],
      dims,
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
    return unique;
  }

  private constant(key: string, create: () => Value): Value {
    let value = this.root.constants.get(key);
    if (value === undefined) {
      value = create();
      this.root.constants.set(key, value);
    }
    return value;
  }

  scalar(value: number): Value {
    return this.constant(`f${value}`, () => this.initializer('scalar', 'float32', [], Float32Array.of(value)));
  }

  /** 1-D int64 constant, as shapes and axes are. */
  int64s(values: number[]): Value {
    return this.constant(`i${values.join()}`, () => this.initializer('ints', 'int64', [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** A float constant made once for all uses of `key`. */
  shared(key: string, dims: number[], create: () => Float32Array): Value {
    return this.constant(`s${key}`, () => this.initializer(key, 'float32', dims, create()));
  }

  /**
   * Runs `body` `count` times (a scalar int64). The body's inputs are the iteration (int64 scalar), the condition (bool scalar)
   * and the carried values; it yields the condition, the carried values and then what is to be collected along a new first
   * axis. Returns the last carried values followed by the collections.
   */
  loop(count: Value, carried: Value[], body: Graph, collected: number): Value[] {
    const always = this.initializer('always', 'bool', [], Uint8Array.of(1));
    return this.ops('Loop', [count, always, ...carried], carried.length + collected, { body: { graph: body } });
  }

  private encode(): onnx.IGraphProto {
    return { name: this.name, node: this.nodes, initializer: this.initializers, input: this.inputs, output: this.outputs };
  }

  /** The model as the bytes of an `.onnx` file. */
  model(): Uint8Array {
    return onnx.ModelProto.encode({
      irVersion: IR_VERSION,
      producerName: 'lyrebird',
      graph: this.encode(),
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: 'com.microsoft', version: 1 },
      ],
    }).finish();
  }

  /** For `encodeAttribute`: a subgraph is encoded when the node that runs it is emitted, so it must be complete by then. */
  static encodeBody(graph: Graph): onnx.IGraphProto {
    return graph.encode();
  }
}

function encodeAttribute(name: string, attribute: Attribute): onnx.IAttributeProto {
  const types = onnx.AttributeProto.AttributeType;
  if ('int' in attribute) return { name, type: types.INT, i: attribute.int };
  if ('float' in attribute) return { name, type: types.FLOAT, f: attribute.float };
  if ('ints' in attribute) return { name, type: types.INTS, ints: attribute.ints };
  if ('text' in attribute) return { name, type: types.STRING, s: Buffer.from(attribute.text, 'utf8') };
  return { name, type: types.GRAPH, g: Graph.encodeBody(attribute.graph) };
}

function valueInfo(name: string, type: DataType, dims: Dim[]): onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPES[type], shape: { dim } } } };
}
