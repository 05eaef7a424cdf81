'use strict';
/*
 * Runs beside Elasticsearch in a process of its own and lets it live exactly as long as one of its owners does.
 * Owners are files `<pid>-<random>` in a folder: an owner that is killed cannot say goodbye, so its id is watched.
 * Plain JavaScript: it starts in 50 ms and needs nothing but Node. Its argument is a SupervisorOrder (start.ts) as JSON.
 */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const LOOK_EVERY_MS = 500;
const GRACE_MS = 20_000;

const order = JSON.parse(process.argv[2]);
const state = path.join(order.dataDir, 'running.json');
const owners = path.join(order.dataDir, 'owners');
const log = fs.openSync(order.console, 'w', 0o644);

const child = spawn(order.command, [], {
  cwd: order.cwd,
  // Its own environment, which start.ts made for Elasticsearch.
  stdio: ['ignore', log, log],
  detached: true, // its own group, so that launcher and server are signalled together
  ...(order.user ? { uid: order.user.uid, gid: order.user.gid } : {}),
});
child.once('error', (error) => {
  fs.writeSync(log, `cannot start ${order.command}: ${error.message}\n`);
  leave(1);
});
child.once('exit', (code) => leave(code ?? 1));
if (child.pid !== undefined) {
  const content = { url: order.url, pid: child.pid, supervisor: process.pid };
  fs.writeFileSync(`${state}.new`, JSON.stringify(content));
  fs.renameSync(`${state}.new`, state);
}

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  clearInterval(watch);
  fs.rmSync(state, { force: true });
  signal('SIGTERM');
  setTimeout(() => signal('SIGKILL'), GRACE_MS).unref();
}

function signal(name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // it has gone already
  }
}

function leave(code) {
  signal('SIGKILL'); // whatever of its group outlived the launcher
  fs.rmSync(state, { force: true });
  if (order.disposable) {
    for (const folder of [order.runDir, order.dataDir]) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exit(code);
}

function anyOwner() {
  let names;
  try {
    names = fs.readdirSync(owners);
  } catch {
    return false; // the folder was deleted: nobody wants it any more
  }
  return names.some((name) => {
    try {
      process.kill(Number.parseInt(name, 10), 0);
      return true;
    } catch (error) {
      return error.code === 'EPERM';
    }
  });
}

const watch = setInterval(() => {
  if (!anyOwner()) stop();
}, LOOK_EVERY_MS);
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, stop);
