import { Command } from 'commander';
import { toLyrebirdError } from '../../common';
import { runNode } from './run_node';

/** The node as a process of its own: prints one JSON line when it listens, logs on standard error. */
runNode(new Command('lyrebird-node'))
  .parseAsync()
  .catch((thrown: unknown) => {
    const error = toLyrebirdError(thrown);
    process.stderr.write(`${error.code}: ${error.message}${error.hint ? ` ${error.hint}` : ''}\n`);
    process.exit(1);
  });
