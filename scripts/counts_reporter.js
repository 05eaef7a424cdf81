'use strict';

/** Jest reporter that ends the run with one plain line of its counts, for machines that read the closing lines. */
module.exports = class CountsReporter {
  onRunComplete(_contexts, results) {
    // A suite that does not even load has no test to count, but has failed all the same.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    // At the very end: after Jest's own summary.
    process.once('exit', () => {
      process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`);
    });
  }
};
