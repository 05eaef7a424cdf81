#!/usr/bin/env node
'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { handOver } = require('./hand_over');
const { PrerequisiteError, ROOT, requireDependencies, requireNode, requireTools } = require('./prerequisites');

try {
  requireNode();
  const args = process.argv.slice(2);
  const env = { ...process.env };
  // A cluster that is there already, or a question about the options, needs neither Java nor Maven.
  if (!env.ELASTICSEARCH_URL && !args.some((arg) => arg === '--help' || arg === '-h')) env.JAVA_HOME = requireTools(['java', 'maven']).java;
  requireDependencies();
  handOver(['--import', pathToFileURL(require.resolve('tsx', { paths: [ROOT] })).href, path.join(ROOT, 'standalone', 'start', 'main.ts'), ...args], { cwd: process.cwd(), env });
} catch (error) {
  if (!(error instanceof PrerequisiteError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
