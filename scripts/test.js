#!/usr/bin/env node
'use strict';
const path = require('node:path');
const { handOver } = require('./hand_over');
const { PrerequisiteError, ROOT, TEST_TOOLS, requireDependencies, requireNode, requireTools } = require('./prerequisites');

try {
  requireNode();
  const tools = requireTools(TEST_TOOLS);
  requireDependencies();
  handOver([path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), ...process.argv.slice(2)], {
    cwd: ROOT,
    env: { ...process.env, JAVA_HOME: tools.jdk, CHROMIUM_PATH: tools.chromium },
  });
} catch (error) {
  if (!(error instanceof PrerequisiteError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
