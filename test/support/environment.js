const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest runs tests in a context with typed arrays of its own, which the native binding of onnxruntime does not know: it checks for the
 * classes of the main context. So the tests share those.
 */
const SHARED = ['Float32Array', 'Float64Array', 'Int8Array', 'Uint8Array', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array', 'ArrayBuffer'];

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of SHARED) this.global[name] = globalThis[name];
  }
};
