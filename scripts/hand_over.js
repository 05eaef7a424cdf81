'use strict';
const { spawn } = require('node:child_process');

/**
 * Runs a Node program in place of this one: same terminal, same signals, same exit code.
 * Ctrl-C reaches the whole foreground group, the program included, so this process only has to outlive it.
 */
function handOver(args, { cwd, env }) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  child.once('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

module.exports = { handOver };
