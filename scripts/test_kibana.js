#!/usr/bin/env node
'use strict';
const path = require('node:path');
const { handOver } = require('./hand_over');
const { PrerequisiteError, ROOT, TEST_TOOLS, requireDependencies, requireNode, requireTools } = require('./prerequisites');

/** `npm run test:kibana`: the plugin in a real Kibana, which is named by KIBANA_HOME. */
const missing = ['KIBANA_HOME', 'ELASTICSEARCH_URL'].filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.log(`The tests in a real Kibana were not run: ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set.`);
} else {
  try {
    requireNode();
    const tools = requireTools(TEST_TOOLS);
    requireDependencies();
    handOver([path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), 'test/kibana', ...process.argv.slice(2)], {
      cwd: ROOT,
      env: { ...process.env, JAVA_HOME: tools.jdk, CHROMIUM_PATH: tools.chromium },
    });
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
